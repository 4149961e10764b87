"""Finds the photos that a name in a table may refer to."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from wsss.brought.tables import SUFFIXES, clean

UPLOADED = re.compile(r"^[0-9a-f]{8}-")
"""what Label Studio puts before the names of uploaded photos"""
DIGITS = re.compile(r"[0-9]{1,18}")
NUMBER = re.compile(rf"({DIGITS.pattern})(?:\.0*)?")
"""a whole number"""


class PhotoFinder:
    """Finds photos by the names that tables give them; upper and lower case are the same.

    A name is compared with each photo's path below `root`, then with its path without the ending,
    then with its file name, then with its file name without the ending.
    """

    def __init__(self, root: Path, paths: list[Path]) -> None:
        self._lookups: list[dict[str, list[Path]]] = [defaultdict(list) for _ in range(4)]
        self._numbers: dict[int, list[Path]] = defaultdict(list)
        self._uploaded: dict[str, list[Path]] = defaultdict(list)
        for path in paths:
            self._uploaded[_as_uploaded(_to_key(path.name))].append(path)
            if DIGITS.fullmatch(path.stem):
                self._numbers[int(path.stem)].append(path)
            below = unicodedata.normalize("NFC", path.relative_to(root).as_posix()).lower()
            name = below.rsplit("/", 1)[-1]
            keys = (below, below.rsplit(".", 1)[0], name, name.rsplit(".", 1)[0])
            for lookup, key in zip(self._lookups, keys):
                lookup[key].append(path)

    def find(self, name: str) -> list[Path]:
        """All photos of the first comparison that fits any photo; empty if none does. Of several
        the one whose name has the same upper and lower case.
        """
        found = self._find(_to_key(name))
        if len(found) < 2:
            return found
        same = [path for path in found if _has_case_of(path, _to_path(name))]
        return same if len(same) == 1 else found

    def find_by_end(self, name: str) -> list[Path]:
        """The photos that the end of a name fits: a path that begins above `root` or on another
        machine, a URL, a name with another ending, or one that Label Studio made, also of a name
        with blanks; or the number that a name is, such as 7 or 7.0 for 007.jpg, as spreadsheets
        write it.

        Leading folders are dropped one by one, until a photo fits. Empty if none does.
        """
        key = _to_key(_path_of_url(name))
        for end in _ends_of(key):
            found = self._find(end) or self._find(_without_ending(end))
            if found:
                return found
        last = key.rpartition("/")[2]
        if UPLOADED.match(last):
            return self._uploaded.get(UPLOADED.sub("", last), [])
        number = NUMBER.fullmatch(clean(name))
        return self._numbers.get(int(number[1]), []) if number else []

    def _find(self, key: str) -> list[Path]:
        for lookup in self._lookups:
            if key in lookup:
                return lookup[key]
        return []


def _to_path(name: str) -> str:
    """A name as a path below the folder of photos."""
    return clean(name).replace("\\", "/").removeprefix("./")


def _to_key(name: str) -> str:
    return _to_path(name).lower()


def _has_case_of(path: Path, name: str) -> bool:
    """Whether a path, with or without its ending, ends with a name in the same case."""
    whole = unicodedata.normalize("NFC", path.as_posix())
    return any(text.endswith(f"/{name}") for text in (whole, whole.rpartition(".")[0]))


def _path_of_url(name: str) -> str:
    """The path in a URL, or in Label Studio's /data/local-files/?d=PATH; else the name itself, with
    blanks for %20.
    """
    if "://" not in name and "?d=" not in name:
        return unquote(name)
    parts = urlsplit(name)
    return parse_qs(parts.query).get("d", [unquote(parts.path)])[0]


def _ends_of(key: str) -> Iterator[str]:
    """The path without its first folder, without its first two, ...; the file name also without
    what Label Studio puts before it.
    """
    parts = key.split("/")
    for start in range(len(parts)):
        yield "/".join(parts[start:])
    yield UPLOADED.sub("", parts[-1])


def _as_uploaded(name: str) -> str:
    """The name that Label Studio gives an uploaded photo, without what it puts before it."""
    return re.sub(r"[^-\w.]", "", name.replace(" ", "_"))


def _without_ending(key: str) -> str:
    """A name without the ending of a photo; other endings stay."""
    stem, dot, ending = key.rpartition(".")
    return stem if f"{dot}{ending}" in SUFFIXES else key
