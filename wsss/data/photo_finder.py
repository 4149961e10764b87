"""Finds the photo of a folder that a table means."""

import unicodedata
from collections import defaultdict
from pathlib import Path

from wsss.data.tables import clean


class PhotoFinder:
    """The photos that a table may mean by a name, in upper or lower case.

    It is a path, a path without the ending, a name, or a name without the ending; the first of
    these that any photo has counts.
    """

    def __init__(self, root: Path, paths: list[Path]) -> None:
        self._by: list[dict[str, list[Path]]] = [defaultdict(list) for _ in range(4)]
        for path in paths:
            inside = unicodedata.normalize("NFC", path.relative_to(root).as_posix()).lower()
            name = inside.rsplit("/", 1)[-1]
            keys = (inside, inside.rsplit(".", 1)[0], name, name.rsplit(".", 1)[0])
            for by, key in zip(self._by, keys):
                by[key].append(path)

    def __call__(self, name: str) -> list[Path]:
        key = clean(name).replace("\\", "/").removeprefix("./").lower()
        return next((by[key] for by in self._by if key in by), [])
