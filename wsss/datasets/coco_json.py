"""Reads lists of a large JSON file item by item, in one pass, so that memory does not grow with it.

Python's decoder reads the items. What is here finds where they begin, and holds only the part of
the file that is being read.
"""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NoReturn, TextIO

from wsss.run.errors import UserError
from wsss.run.files import require_file

CHUNK = 2**20
"""characters that are read at once"""
LONGEST = 2**27
"""characters of an item; a longer one counts as damage, so that damage does not fill the memory"""
DIGITS = re.compile(r"[-+.eE0-9]*")
SPACE = re.compile(r"[ \t\r\n]*")


def read_lists(path: Path, keys: Collection[str]) -> Iterator[tuple[str, Any]]:
    """(key, item) for each item of the lists under `keys` of a JSON object, in the file's order.

    All else is skipped; JSON that is a list has none. UserError if the file is missing or no JSON.
    """
    try:
        with require_file(path).open(encoding="utf-8-sig", newline="") as file:
            yield from _read_object(_Text(file), keys)
    except (OSError, ValueError, RecursionError) as error:
        why = " ".join(str(error).split())[:200]
        raise UserError(f"annotations {path} cannot be read ({why}); unpack or copy the file again")


def _read_object(text: "_Text", keys: Collection[str]) -> Iterator[tuple[str, Any]]:
    """The items of the lists under `keys` of the object that is the whole text."""
    if text.next_mark() == "[":
        return
    for _ in _entries(text, "{", "}"):
        key = text.take_value()
        text.take_mark(":")
        if text.next_mark() != "[":
            text.take_value()
            continue
        for _ in _entries(text, "[", "]"):
            item = text.take_value()
            if key in keys:
                yield key, item
    if text.next_mark():
        raise ValueError(f"something follows its end, at {text.place()}")


def _entries(text: "_Text", first: str, last: str) -> Iterator[None]:
    """Stops at each entry of a list or an object, which the caller reads. The list or object begins
    and ends with the marks `first` and `last`.
    """
    text.take_mark(first)
    if text.next_mark() == last:
        text.take_mark(last)
        return
    separator = ","
    while separator == ",":
        yield
        separator = text.take_mark("," + last)


class _Text:
    """The text of a file, and a place in it."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._part, self._at, self._before = "", 0, 0

    def place(self, at: int | None = None) -> str:
        """The place, or that of character `at` of the part in memory, for messages."""
        return f"character {self._before + (self._at if at is None else at) + 1}"

    def next_mark(self) -> str:
        """The next character that is no space, at which the place is then; "" at the end."""
        while True:
            space = SPACE.match(self._part, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._part) or not self._read_on():
                return self._part[self._at : self._at + 1]

    def take_mark(self, possible: str) -> str:
        """Go past the next mark, and give it; ValueError if it is none of the `possible` ones."""
        mark = self.next_mark()
        if not mark or mark not in possible:
            raise ValueError(f"there is no {' or '.join(possible)} at {self.place()}")
        self._at += 1
        return mark

    def take_value(self) -> Any:
        """Go past a value, and give it. ValueError for what is none."""
        self.next_mark()
        while True:
            try:
                value, end = DECODER.raw_decode(self._part, self._at)
            except json.JSONDecodeError as error:
                if not self._read_on():
                    raise ValueError(f"{error.msg} at {self.place(error.pos)}") from None
                continue
            if not self._may_go_on(end) or not self._read_on():
                self._at = end
                return value

    def _may_go_on(self, end: int) -> bool:
        """Whether a value that ends at `end` of the part may be a number that is cut there."""
        rest = DIGITS.match(self._part, end)
        return rest is not None and rest.end() == len(self._part)

    def _read_on(self) -> bool:
        """Read more of the file, at least as much as is kept; False at its end."""
        kept = self._part[self._at :]
        if len(kept) > LONGEST:
            raise ValueError(f"it is damaged, or has too long an entry, at {self.place()}")
        more = self._file.read(max(CHUNK, len(kept)))
        if more:
            self._before += self._at
            self._part, self._at = kept + more, 0
        return bool(more)


def _refuse_constant(name: str) -> NoReturn:
    """ValueError for NaN and Infinity, which JSON does not have, and Python's decoder takes."""
    raise ValueError(f"{name} is no JSON")


DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
