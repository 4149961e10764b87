"""Finds the photos that a name in a table may refer to."""

import unicodedata
from collections import defaultdict
from pathlib import Path

from wsss.data.tables import clean


class PhotoFinder:
    """Finds photos by the names that tables give them; upper and lower case are the same.

    A name is compared with each photo's path below `root`, then with its path without the ending,
    then with its file name, then with its file name without the ending.
    """

    def __init__(self, root: Path, paths: list[Path]) -> None:
        self._lookups: list[dict[str, list[Path]]] = [defaultdict(list) for _ in range(4)]
        for path in paths:
            below = unicodedata.normalize("NFC", path.relative_to(root).as_posix()).lower()
            name = below.rsplit("/", 1)[-1]
            keys = (below, below.rsplit(".", 1)[0], name, name.rsplit(".", 1)[0])
            for lookup, key in zip(self._lookups, keys):
                lookup[key].append(path)

    def find(self, name: str) -> list[Path]:
        """All photos of the first comparison that fits any photo; empty if none does."""
        key = clean(name).replace("\\", "/").removeprefix("./").lower()
        for lookup in self._lookups:
            if key in lookup:
                return lookup[key]
        return []
