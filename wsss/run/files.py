"""Files that are either whole or absent: they are written beside their final name, then renamed."""

import contextlib
import glob
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wsss.run.errors import TransientError
from wsss.run.processes import UNKNOWN, start_of

Guard = Callable[[Path], None]
"""is called with a path right before it is replaced, and may raise instead"""

_guards: list[Guard] = []


@contextmanager
def guard_replacing(guard: Guard) -> Iterator[None]:
    """Ask `guard` before anything is replaced within the block."""
    _guards.append(guard)
    try:
        yield
    finally:
        _guards.remove(guard)


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it when the block ends without error.

    It may become a file or a folder. What was renamed is on the disk: it outlives a loss of power.
    A file gets the mode that the umask gives.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_behind(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{start_of(os.getpid())}.tmp")
    try:
        yield temporary
        _finish(temporary)
        for guard in _guards:
            guard(path)
        _put(temporary, path)
    finally:
        _remove(temporary)


def check_room(path: str | Path, needed: float, what: str) -> None:
    """Refuse to begin to write `needed` bytes at `path` where the disk has less."""
    folder = next(parent for parent in Path(path).absolute().parents if parent.exists())
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TransientError(
            f"{what} needs some {needed / 1e6:.0f} MB, the disk of {folder} has "
            f"{free / 1e6:.0f} MB left; make room (snakemake clean --config recipe=...), "
            "then type the same command again"
        )


def json_text(value: Any) -> str:
    """`value` as indented JSON, as `write_json` writes it."""
    return json.dumps(value, indent=1) + "\n"


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically."""
    with atomic(path) as temporary:
        temporary.write_text(json_text(value))


def _remove_left_behind(path: Path) -> None:
    """Remove what killed processes have left of `path`; what a living one writes stays."""
    prefix = f".{path.name}."
    for left in path.parent.glob(f"{glob.escape(prefix)}*.tmp"):
        process, _, start = left.name.removeprefix(prefix).partition(".")[0].partition("-")
        if not _lives(process, start):
            _remove(left)


def _lives(process: str, start: str) -> bool:
    if not (process.isdecimal() and start.isdecimal()) or int(process) == os.getpid():
        return False
    return UNKNOWN != start_of(int(process)) == int(start)


def _finish(temporary: Path) -> None:
    """Bring what was written to the disk, under the mode that the umask gives."""
    if not temporary.is_dir():
        temporary.chmod(0o666 & ~_umask())  # libraries may have made it readable for its owner only
        return _flush(temporary)
    for file in temporary.rglob("*"):
        if file.is_file():
            _flush(file)


def _umask() -> int:
    """The mask of this process. The system tells it only to who sets it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _flush(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _put(temporary: Path, path: Path) -> None:
    """Rename onto `path`. A folder, which no rename replaces, is moved away first."""
    old = temporary.with_suffix(".old.tmp")
    if path.is_dir() or (temporary.is_dir() and os.path.lexists(path)):
        path.replace(old)
    temporary.replace(path)
    with contextlib.suppress(OSError):  # some systems have no such thing for folders
        _flush(path.parent)
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
