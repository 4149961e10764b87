"""Marks: files under work/.stale/ that make Snakemake rerun jobs.

A mark is an input of a job whose artifact is stale. It is newer than the artifact, which is
Snakemake's rerun trigger `mtime`. Its name is the reason, so Snakemake shows that. Its content is
new each time: Snakemake takes a newer input for unchanged if its checksum is that of the last run.
"""

import os
import re
import secrets
import time
from pathlib import Path

from wsss.plan.jobs import Job

MARKS = Path("work/.stale")
"""the folder of all marks"""
LONGEST = 100
"""characters of a mark's name, at most"""
COARSEST = 2.0
"""seconds; what differs by less may have one time on a disk (FAT)"""


def leave_mark(reason: str, job: Job) -> str:
    """Make a mark, named after the reason and newer than all outputs of the job; its path."""
    name = re.sub(r"[^A-Za-z0-9_.=,-]+", "-", reason)[:LONGEST].strip("-.,") or "stale"
    path, now = MARKS / name, time.time()
    path.parent.mkdir(parents=True, exist_ok=True)
    for output in job.outputs.values():
        _set_back(Path(output), now)
    path.unlink(missing_ok=True)
    with path.open("x") as file:  # follows no link
        file.write(secrets.token_hex())
    os.utime(path, (now, now))
    return str(path)


def words_of(name: str) -> str:
    """The reason in the name of a mark, with blanks again; signs of numbers stay."""
    return re.sub(r"(?<!-)(?<!\de)-", " ", name)


def _set_back(path: Path, now: float) -> None:
    """Make a stale artifact older than `now` if it is not (it is new, or a clock was set back).

    Snakemake keeps the time of a folder in the file .snakemake_timestamp in it.
    """
    for timed in (path, path / ".snakemake_timestamp"):
        if timed.exists() and timed.lstat().st_mtime > now - COARSEST:
            os.utime(timed, (now - COARSEST, now - COARSEST))
