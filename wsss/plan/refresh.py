"""Brings the index up to date before planning: staleness is judged by digests in the index, so
these must be of the photos as they are now.

The index is made again only if it exists and the sizes or times of the dataset's files have
changed. Then only changed photos are opened. An index that does not exist is made by its rule, as
any output.
"""

import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from wsss.data.index import read_digests
from wsss.data.index_files import lines_path, read_head
from wsss.plan.datasets.base import Dataset
from wsss.plan.jobs import Job
from wsss.plan.staleness import Staleness
from wsss.run.errors import UserError, may_pass

CHECKED = ".checked"
"""a folder for the index of another `data_root`, which is then compared with the present one"""


def refresh_index(dataset: Dataset, project: Path) -> None:
    """Make the index again if the dataset's files, or the code that reads them, have changed."""
    if not _has_artifacts(dataset) or not Path(dataset.root).is_dir():
        return
    if dataset.photos_job is not None and Staleness().reasons(dataset.photos_job):
        return  # the photos are stale themselves: rules will make them again, then the index
    if _is_readable(dataset.index):
        _check_root(dataset, project)
        if dataset.is_read and not Staleness().reasons(dataset.index_job):
            return
    started = time.monotonic()
    say = partial(print, file=sys.stderr, flush=True)
    say(f"the files of {dataset.name}, or the code that reads them, changed: reading what is new")
    _run_stage(dataset.index_job, project)
    say(f"read in {time.monotonic() - started:.1f} s")


def _has_artifacts(dataset: Dataset) -> bool:
    """Whether the dataset has an index or artifacts of steps, which could have become stale."""
    base = Path("work", dataset.base)
    return Path(dataset.index).is_file() or (
        base.is_dir() and any(path.is_dir() for path in base.iterdir() if path.name != "photos")
    )


def _is_readable(index: str) -> bool:
    """Whether an index can be read, and its second file, the lines of photos, is of full length."""
    try:
        return lines_path(index).stat().st_size == read_head(index).buckets[-1]
    except (OSError, UserError) as error:
        if may_pass(error):
            raise
        return False


def _run_stage(job: Job, project: Path) -> None:
    """Run the stage that makes an index; its error becomes a UserError."""
    words = job.arguments(job.paths, job.outputs)
    ran = subprocess.run(
        [sys.executable, str(project / job.stage), *shlex.split(words)],
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        errors = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
        raise UserError((errors[-1] if errors else ran.stderr[-500:]).removeprefix("error: "))


def _check_root(dataset: Dataset, project: Path) -> None:
    """Refuse a `data_root` with other photos than the index has.

    If only the folder was moved, its photos have the digests that the index has.
    """
    before, now = Path(read_head(dataset.index).root), Path(dataset.root)
    if not before.is_dir() or before.resolve() == now.resolve():
        return
    folder = Path(dataset.index).parent / CHECKED
    other = folder / "index.json"
    try:
        _run_stage(replace(dataset.index_job, outputs={"out": str(other)}), project)
        now_read = read_digests(other, "*", ("mask",))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if now_read != read_digests(dataset.index, "*", ("mask",)):
        raise UserError(
            f"work/{dataset.base} is of the photos in {before}, and data_root is {now}, which has "
            "others; give one of them another name (dataset), or run in another folder"
        )
