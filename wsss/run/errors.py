"""The exceptions that a user can mend, and the names nearest to a mistyped one."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Something the user can mend. The message is one line: what is wrong, where, and the way out."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.splitlines()))


class Passing(UserError):
    """What may go by itself, such as a lack of memory: the same input may well do at the next try."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """A hint such as " (did you mean 'seam'?)", or "" when nothing in `allowed` is close to `name`."""
    close = difflib.get_close_matches(str(name), [str(a) for a in allowed], n=1, cutoff=0.5)
    return f" (did you mean '{close[0]}'?)" if close else ""
