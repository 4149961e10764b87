"""A lock for a folder, so that one run works in it at a time. The kernel frees it when the process
that holds it ends.

Snakemake's own lock stays after a run is killed, so profiles/default turns it off.
"""

import errno
import fcntl
import os
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from wsss.run.errors import UserError

_held: list[IO[str]] = []
"""the locked files; closing one would free its lock"""


def hold(path: Path) -> None:
    """Lock the file `path` until this process ends; a UserError names the process that holds it."""
    _held.append(_take(path))


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Lock the file `path` for the time of the block; UserError as of `hold`."""
    with _take(path):
        yield


def _take(path: Path) -> IO[str]:
    """The file `path`, locked until it is closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = _opened(path)
    if not _is_locked(file, path):
        file.seek(0)
        holder = file.read().strip() or "it has just begun"
        raise UserError(
            f"another run works in this folder ({holder}); wait for it, stop it, or "
            "run in another folder"
        )
    file.truncate(0)
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    file.write(f"process {os.getpid()} on {socket.gethostname()}, since {since}\n")
    file.flush()
    return file


def _is_locked(file: IO[str], path: Path) -> bool:
    """Lock the file at `path`; False where another process holds its lock. UserError where the
    file system knows no locks.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise UserError(
            f"{path} cannot be locked ({error.strerror}); work on a file system with locks "
            "(flock): without them two runs could write the same files"
        )
    return True


def _opened(path: Path) -> IO[str]:
    """The file `path`, opened. A link is refused, because the file that it leads to would be
    emptied; so is what is no file.
    """
    try:
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UserError(
                f"the lock {path} is a symbolic link, which is not followed; move it away"
            )
        raise
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise UserError(f"the lock {path} is a pipe or a device; move it away")
    return os.fdopen(opened, "a+")
