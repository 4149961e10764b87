"""Errors that a user can mend, the one line that a stage prints for an error, and a hint for a
mistyped name.
"""

import difflib
import errno
import re
import sys
from collections.abc import Iterable

HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""characters that a terminal acts on instead of showing them: escape codes, ends of lines, changes
of the direction of writing; and halves of characters, which cannot be printed"""
PASSING = (errno.EMFILE, errno.ENFILE, errno.EIO, errno.ESTALE, errno.ENOMEM, errno.EAGAIN)
"""errors of the system that say nothing of the file that was to be read: too many open files, a
disk or a network that failed, no memory"""
LIMITS = (errno.EDQUOT, errno.EFBIG)
"""errors of a user's limits: the quota of a disk, the largest size of a file"""
NO_ROOM = (errno.ENOSPC, *LIMITS)
"""errors that only a write can have"""
NUMBER = re.compile(r"(?:os error |errno = |\[Errno )(\d+)")
"""the number of an error in the text of libraries that raise no OSError, or one without a number"""
NO_MEMORY = re.compile(r"out of memory|allocate memory|memory allocation failed")
"""how libraries say in a text alone that memory lacks: PIL, expat, torch, HDF5"""
LOADER = re.compile(r"Caught \w+ in DataLoader.*\n\w+: (.*)", re.DOTALL)
"""an error of the system in one of torch's loading processes: a traceback, and the error"""
MAY_PASS = "this may pass: type the same command again"  # noqa: S105  (no password)


class UserError(Exception):
    """An error that a user can mend. The message is one line: what is wrong, where, the way out.

    Readers raise it where they catch an error of the system. One of these may pass (`may_pass`).
    Then the file is not damaged, and the way out is another one: the message is cut at its first
    semicolon, and says so.
    """

    def __init__(self, message: str) -> None:
        self.passes = may_pass(sys.exception()) or MAY_PASS in message
        if self.passes and MAY_PASS not in message:
            message = f"{message.partition(';')[0]}; {MAY_PASS}"
        super().__init__(printable(" ".join(message.splitlines())))


class TransientError(UserError):
    """An error that may pass by itself, such as a lack of memory, so the job is tried again."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.passes = True


def may_pass(error: BaseException | None) -> bool:
    """Whether an error is one of PASSING or a lack of memory, or hides one.

    Some libraries call each error of the system damage, such as zipfile; Python keeps the first. An
    error with a number of its own hides none.
    """
    while error is not None:
        if isinstance(error, UserError):
            return error.passes
        if getattr(error, "errno", None) is not None:
            return error.errno in PASSING  # type: ignore[attr-defined]
        if _says_so(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _says_so(error: BaseException) -> bool:
    """Whether an error without a number says in its text that it may pass."""
    found = NUMBER.search(str(error))
    return int(found[1]) in PASSING if found else lacks_memory(error)


def lacks_memory(error: BaseException) -> bool:
    """Whether an error says that memory lacks."""
    return isinstance(error, MemoryError) or NO_MEMORY.search(str(error)) is not None


def raise_passing(error: Exception) -> None:
    """Raise an error that may pass; of any other the caller makes what is right there."""
    if may_pass(error):
        raise error


def printable(text: str) -> str:
    """The text with its HIDDEN characters as escapes, such as \\x1b, so that a name in it cannot
    forge lines or change a terminal.
    """
    return HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def nearest(name: str, allowed: Iterable[str]) -> str:
    """A hint such as " (did you mean 'seam'?)"; "" when nothing in `allowed` is close to `name`."""
    return hint(nearest_of(name, allowed))


def nearest_of(name: str, allowed: Iterable[str]) -> str | None:
    """The name in `allowed` that is closest to `name`; None where none is close."""
    close = difflib.get_close_matches(str(name), [str(a) for a in allowed], n=1, cutoff=0.5)
    return close[0] if close else None


def hint(name: str | None) -> str:
    """Such as " (did you mean 'seam'?)"; "" without a name."""
    return f" (did you mean '{name}'?)" if name is not None else ""


def line_of(error: BaseException) -> str:
    """The one line that a stage prints for an error: what failed, and the way out."""
    if isinstance(error, UserError):
        return _of_user(error)
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; to go on, type the same command again"
    return "out of memory; run fewer jobs at a time, or lower batch, crop, long_side or workers"


def _of_user(error: UserError) -> str:
    """The message alone. Torch puts a traceback around errors of its loading processes."""
    text = str(error).strip()
    if text.startswith("Caught UserError in DataLoader"):
        text = text.rpartition("wsss.run.errors.UserError: ")[2]
    return " ".join(text.split())


def _of_system(error: OSError) -> str:
    """What the system refused, and the way out. For a full disk torch sets no error number, only a
    text.
    """
    where = printable(f": {error.filename}") if error.filename else ""
    if error.errno == errno.ENOSPC or "No space left" in str(error):
        return f"the disk is full{where}; make room, then type the same command again"
    if error.errno in LIMITS:
        return (
            f"{error.strerror}{where}; the system limits what you may write (quota, ulimit -f): "
            "make room, or have it raised, then type the same command again"
        )
    in_loader = LOADER.fullmatch(str(error).strip())
    if in_loader:
        line = in_loader[1]
    else:
        line = f"{error.strerror or error}: {error.filename or 'no file named'}"
    return printable(f"{line}; {MAY_PASS}" if may_pass(error) else line)
