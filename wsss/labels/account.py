"""Counts the photos whose labels lack what their tags promise."""

from collections.abc import Iterable

import numpy as np

from wsss.data.images import IGNORE


class LabelAccount:
    """Counts the photos with a class without pixels, those with classes that are all background,
    and those that are all IGNORE.
    """

    def __init__(self) -> None:
        self._classes = 0
        self._lacking: list[str] = []
        self._empty: list[str] = []
        self._ignored: list[str] = []

    def add(self, photo_id: str, labels: np.ndarray, classes: Iterable[int]) -> None:
        """Count the labels, uint8 (H, W), of a photo with `classes`, ids above 0."""
        found = set(np.unique(labels).tolist())
        wanted = set(map(int, classes))
        missing = wanted - found
        self._classes += len(missing)
        if missing:
            self._lacking.append(photo_id)
        if wanted and found == {0}:
            self._empty.append(photo_id)
        if found == {IGNORE}:
            self._ignored.append(photo_id)

    def text(self) -> str:
        """A line for each matter that occurred, with the first photo; else ""."""
        lacking = f"with tags that have no pixel ({self._classes} tags in all)"
        lines = [
            _line(self._lacking, lacking),
            _line(self._empty, "with tags that are all background"),
            _line(self._ignored, "that are all 255 (ignored)"),
        ]
        return "".join(lines)


def _line(photos: list[str], what: str) -> str:
    if not photos:
        return ""
    return f"photos {what}: {len(photos)}; the first is {photos[0]}\n"
