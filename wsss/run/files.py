"""Atomic writes: a file or folder is written under a temporary name beside its own, then renamed,
so that it is either whole or absent.
"""

import contextlib
import errno
import glob
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wsss.run.errors import NO_ROOM, TransientError, UserError
from wsss.run.processes import UNKNOWN, start_of

Guard = Callable[[Path], None]
"""is called with a path right before `atomic` replaces it, and may raise to prevent that"""

MALFORMED = (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""what `read_json`, and looking for expected values in what it gives, raise for JSON of any origin.
OverflowError: it may hold numbers of any size, and infinite ones
"""

_guards: list[Guard] = []
"""the guards of the blocks of `guard_replacing` that are being run"""


@contextmanager
def guard_replacing(guard: Guard) -> Iterator[None]:
    """Within the block, call `guard` before `atomic` replaces a path."""
    _guards.append(guard)
    try:
        yield
    finally:
        _guards.remove(guard)


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and rename it to `path` if the block raises no error.

    The block makes a file or a folder there. It is flushed before the rename, so that it survives a
    loss of power. A file's mode is that of the umask. OSError where `path` is a pipe or a device.
    """
    path = Path(path)
    if path.exists():
        require_file(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_behind(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{start_of(os.getpid())}.tmp")
    try:
        yield temporary
        _finish(temporary)
        for guard in _guards:
            guard(path)
        _put(temporary, path)
    except OSError as error:
        # a write names no file, or one in the temporary folder, which nobody knows
        if error.errno in NO_ROOM and str(error.filename or temporary).startswith(str(temporary)):
            error.filename = str(path)
        raise
    finally:
        _remove(temporary)


def check_room(path: str | Path, needed: float, what: str) -> None:
    """Raise a TransientError where the disk of `path` has less than `needed` bytes free."""
    folder = next(parent for parent in Path(path).absolute().parents if parent.exists())
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TransientError(
            f"{what} needs some {needed / 1e6:.0f} MB, the disk of {folder} has "
            f"{free / 1e6:.0f} MB left; make room (snakemake clean --config recipe=...), "
            "then type the same command again"
        )


def require_file(path: str | Path) -> Path:
    """`path`, to be opened. OSError for a pipe or a device there: reading it might never end, and a
    rename would replace it.
    """
    path = Path(path)
    if stat.S_IFMT(path.stat().st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
    return path


def check_encoding() -> None:
    """UserError where Python reads names of files in another encoding than UTF-8: a photo would
    have another id than under other locales, so the next run might not find what one has made.
    """
    encoding = sys.getfilesystemencoding()
    if encoding != "utf-8":
        raise UserError(
            f"under this locale names of files are read in {encoding}, and this program needs "
            "UTF-8; type 'export PYTHONUTF8=1', then the same command again"
        )


def json_text(value: Any) -> str:
    """`value` as JSON, indented by one space, with a line end."""
    return json.dumps(value, indent=1) + "\n"


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text; ValueError for one that is no JSON, and for one that nests too deep
    for Python's reader.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it nests too deep") from None


def read_json(path: str | Path) -> Any:
    """The value in a JSON file; OSError, or ValueError as of `parse_json`."""
    return parse_json(require_file(path).read_bytes())


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as JSON (`json_text`), atomically. The text is never whole in memory."""
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


def delete_folder(folder: Path) -> int | None:
    """Delete a folder, and what a kill has left of an earlier call; the size of its files in bytes,
    None where there is nothing to delete.

    The folder is renamed first: half a folder would count as made. Of a link to a folder the link
    alone is deleted.
    """
    renamed = folder.with_name(f".{folder.name}.deleted")
    if folder.is_dir():
        _remove(renamed)
        folder.rename(renamed)
    if renamed.is_symlink():
        renamed.unlink()
        return 0
    if not renamed.is_dir():
        return None
    size = sum(file.stat().st_size for file in renamed.rglob("*") if file.is_file())
    shutil.rmtree(renamed)
    return size


def _remove_left_behind(path: Path) -> None:
    """Remove temporary files of `path` whose process was killed; keep those of living processes."""
    prefix = f".{path.name}."
    for left in path.parent.glob(f"{glob.escape(prefix)}*.tmp"):
        process, _, start = left.name.removeprefix(prefix).partition(".")[0].partition("-")
        if not _lives(process, start):
            _remove(left)


def _lives(process: str, start: str) -> bool:
    """Whether another process of this number, started at this time (processes.py), is running."""
    if not (process.isdecimal() and start.isdecimal()) or int(process) == os.getpid():
        return False
    return UNKNOWN != start_of(int(process)) == int(start)


def _finish(temporary: Path) -> None:
    """Flush what was written to the disk. A file gets the mode of the umask."""
    if not temporary.is_dir():
        temporary.chmod(0o666 & ~_umask())  # libraries may have made it readable for its owner only
        return _flush(temporary)
    for file in temporary.rglob("*"):
        if file.is_file():
            _flush(file)


def _umask() -> int:
    """The umask of this process. The system gives it only to a call that sets another."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _flush(path: Path) -> None:
    """Bring a file's content, or a folder's list of names, to the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _put(temporary: Path, path: Path) -> None:
    """Rename `temporary` to `path`. No rename replaces a folder, so that is moved away first."""
    old = temporary.with_suffix(".old.tmp")
    if path.is_dir() or (temporary.is_dir() and os.path.lexists(path)):
        path.replace(old)
    temporary.replace(path)
    with contextlib.suppress(OSError):  # some file systems cannot flush folders
        _flush(path.parent)
    _remove(old)


def _remove(path: Path) -> None:
    """Delete a file, a link or a folder, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
