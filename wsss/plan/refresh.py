"""Brings the index up to date while planning, so that the photos as they are now decide what
runs.

Only an index that is there already is read again, and only when the files look different from
outside; photos that did not change are not opened. Where a run has not made an index yet, a rule
makes it.
"""

import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from wsss.data.index import read_digests
from wsss.data.index_files import lines_path, read_head
from wsss.plan.dataset import Dataset
from wsss.plan.jobs import Job
from wsss.plan.staleness import Staleness
from wsss.run.errors import UserError

CHECKED = ".checked"
"""the folder in which an index of another root is made first, to be compared"""


def refresh_index(dataset: Dataset, project: Path) -> None:
    """Make the index again where the files or the code that reads them changed since it was
    made.
    """
    if not _has_steps(dataset) or not Path(dataset.root).is_dir():
        return
    if dataset.photos_job is not None and Staleness().reasons(dataset.photos_job):
        return  # the photos will be made again, and the index after them
    if _is_whole(dataset.index):
        _check_root(dataset, project)
        if dataset.is_read and not Staleness().reasons(dataset.index_job):
            return
    started = time.monotonic()
    _read(dataset.index_job, project)
    print(
        f"the files of {dataset.name} changed; read again in {time.monotonic() - started:.1f} s",
        file=sys.stderr,
    )


def _has_steps(dataset: Dataset) -> bool:
    """Whether anything was made of the dataset, which a change of its files could make stale."""
    base = Path("work", dataset.base)
    return Path(dataset.index).is_file() or (
        base.is_dir() and any(path.is_dir() for path in base.iterdir() if path.name != "photos")
    )


def _is_whole(index: str) -> bool:
    """Whether an index is there that can be read, its photos with it."""
    try:
        return lines_path(index).stat().st_size == read_head(index).buckets[-1]
    except (OSError, UserError):
        return False


def _read(job: Job, project: Path) -> None:
    """Run the stage that makes an index; what it says is passed on where it fails."""
    words = job.arguments({name: one.path for name, one in job.places.items()}, job.outputs)
    ran = subprocess.run(
        [sys.executable, str(project / job.stage), *shlex.split(words)],
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        errors = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
        raise UserError((errors[-1] if errors else ran.stderr[-500:]).removeprefix("error: "))


def _check_root(dataset: Dataset, project: Path) -> None:
    """A folder that moved is the same dataset; another one under the same name is not."""
    before, now = Path(read_head(dataset.index).root), Path(dataset.root)
    if not before.is_dir() or before.resolve() == now.resolve():
        return
    folder = Path(dataset.index).parent / CHECKED
    job = dataset.index_job
    try:
        _read(
            Job(
                job.rule,
                job.script,
                {"out": str(folder / "index.json")},
                settings=job.settings,
                more=job.more,
                places=job.places,
            ),
            project,
        )
        same = read_digests(folder / "index.json", "*", ("mask",)) == read_digests(
            dataset.index, "*", ("mask",)
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not same:
        raise UserError(
            f"work/{dataset.base} is of the photos in {before}, and data_root is {now}, which has "
            "others; give "
            "one of them another name (dataset), or run in another folder"
        )
