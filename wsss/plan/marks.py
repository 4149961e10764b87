"""Marks: files under work/.stale/, named after the reason why an artifact is stale, and newer.

They tell Snakemake.
"""

import os
import re
import time
from pathlib import Path

from wsss.plan.jobs import Job

MARKS = Path("work/.stale")
LONGEST = 100
"""characters of a mark's name"""


def leave_mark(reason: str, job: Job) -> str:
    """A file that says the reason by its name, and is newer than all outputs of the job."""
    name = re.sub(r"[^A-Za-z0-9_.=,-]+", "-", reason)[:LONGEST].strip("-.") or "stale"
    path, now = MARKS / name, time.time()
    path.parent.mkdir(parents=True, exist_ok=True)
    for output in job.outputs.values():
        _set_back(Path(output), now)
    path.touch()
    os.utime(path, (now, now))
    return str(path)


def _set_back(path: Path, now: float) -> None:
    """Give a stale artifact whose time is not past (a clock was set back) an older one, so that it
    is seen as older.
    """
    for one in (path, path / ".snakemake_timestamp"):
        if one.exists() and one.lstat().st_mtime >= now:
            os.utime(one, (now - 1, now - 1))
