"""Files that are either whole or absent: written beside their final name, then renamed."""

import glob
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wsss.run.errors import Passing


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Give a temporary path (file or folder) beside `path`; rename it to `path` when the block ends without error."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for left_behind in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):  # by a process that was killed
        _remove(left_behind)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        _remove(path)
        temporary.replace(path)
    finally:
        _remove(temporary)


def check_room(path: str | Path, needed: float, what: str) -> None:
    """Refuse to begin to write `needed` bytes at `path` where the disk has less."""
    folder = next(parent for parent in Path(path).absolute().parents if parent.exists())
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Passing(f"{what} needs some {needed / 1e6:.0f} MB, the disk of {folder} has {free / 1e6:.0f} MB left; "
                      "make room (snakemake clean --config recipe=...), then type the same command again")


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1) + "\n")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
