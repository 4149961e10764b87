"""Looks at the maps that a stage writes, and says where they are of no use as a whole."""

from collections.abc import Sequence

import numpy as np

from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap

LEAST = 4
"""the number of photos from which on a single label is suspicious"""


class LabelWatch:
    """Looks at label maps: whether all pixels of all photos are IGNORE, or of one label."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._photos = 0
        self._pixels = np.zeros(256, np.int64)

    def add(self, labels: np.ndarray) -> None:
        """Count a label map, uint8 (H, W)."""
        self._photos += 1
        self._pixels += np.bincount(labels.ravel(), minlength=256)

    def lines(self) -> list[str]:
        """What is wrong with all maps together; [] where nothing is."""
        found = np.flatnonzero(self._pixels).tolist()
        known = [label for label in found if label != IGNORE]
        if self._photos and not known:
            return [
                f"all pixels of all {self._photos} photos are 255 (ignored): nothing can be learned"
            ]
        if self._photos >= LEAST and len(known) == 1:
            name = self._names[known[0]] if known[0] < len(self._names) else known[0]
            return [f"all {self._photos} photos have one label only, '{name}'"]
        return []


class MapWatch:
    """Looks at score maps: whether those of all photos with tags are zero."""

    def __init__(self) -> None:
        self._tagged, self._seen = 0, 0

    def add(self, item: ScoreMap) -> None:
        """Look at the map of a photo."""
        if item.scores.size:
            self._tagged += 1
            self._seen += bool(item.scores.any())

    def lines(self) -> list[str]:
        """What is wrong with all maps together; [] where nothing is."""
        if self._tagged and not self._seen:
            return [
                f"the class maps of all {self._tagged} photos with tags are zero everywhere: the "
                "classifier sees none of its classes"
            ]
        return []
