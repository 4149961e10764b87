"""Errors that a user can mend, the one line that states them, and the name nearest to a mistyped
one.
"""

import difflib
import errno
from collections.abc import Iterable


class UserError(Exception):
    """What a user can mend. The message is one line: what is wrong, where, and the way out."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.splitlines()))


class TransientError(UserError):
    """What may go by itself, such as a lack of memory: the same input may do at the next try."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """A hint such as " (did you mean 'seam'?)"; "" when nothing in `allowed` is close to `name`."""
    close = difflib.get_close_matches(str(name), [str(a) for a in allowed], n=1, cutoff=0.5)
    return f" (did you mean '{close[0]}'?)" if close else ""


def line_of(error: BaseException) -> str:
    """What failed and the way out, as the one line that a stage tells."""
    if isinstance(error, UserError):
        return _of_user(error)
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, MemoryError):
        return "out of memory; run fewer jobs at a time, or lower batch, crop, long_side or workers"
    return "interrupted; the same command goes on"


def _of_user(error: UserError) -> str:
    """The message, which torch wraps into a traceback where it is of a loading process."""
    text = str(error).strip()
    if text.startswith("Caught UserError in DataLoader"):
        text = text.rpartition("wsss.run.errors.UserError: ")[2]
    return " ".join(text.split())


def _of_system(error: OSError) -> str:
    """What the system refused, and the way out. Torch tells of a full disk in words only."""
    if error.errno == errno.ENOSPC or "No space left" in str(error):
        where = f": {error.filename}" if error.filename else ""
        return f"the disk is full{where}; make room, then the same command goes on"
    return f"{error.strerror or error}: {error.filename or 'no file named'}"
