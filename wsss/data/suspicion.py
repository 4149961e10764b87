"""Looks at the maps that a step writes, and says where they are of no use as a whole.

The shards of a step are judged together, so that what is said does not depend on their number. So
each shard notes what it saw.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.run.warnings import SEEN, warn

Json = dict[str, Any]
LEAST = 4
"""the number of photos from which on a single label is suspicious"""


class LabelWatch:
    """Looks at label maps: which labels they have."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._photos = 0
        self._pixels = np.zeros(256, np.int64)

    def add(self, labels: np.ndarray) -> None:
        """Count a label map, uint8 (H, W)."""
        self._photos += 1
        self._pixels += np.bincount(labels.ravel(), minlength=256)

    def seen(self) -> Json:
        """The number of label maps, and the names of the labels in them, without IGNORE."""
        found = [label for label in np.flatnonzero(self._pixels).tolist() if label != IGNORE]
        names = [self._names[n] if n < len(self._names) else str(n) for n in found]
        return {"photos": self._photos, "labels": names}


class MapWatch:
    """Looks at score maps of photos with tags: whether they are zero."""

    def __init__(self) -> None:
        self._tagged, self._above = 0, 0

    def add(self, item: ScoreMap) -> None:
        """Look at the map of a photo."""
        if item.scores.size:
            self._tagged += 1
            self._above += bool(item.scores.any())

    def seen(self) -> Json:
        """The number of photos with tags, and of those whose maps are not zero everywhere."""
        return {"photos": self._tagged, "above_zero": self._above}


def note_seen(seen: Json) -> Json:
    """Print what is wrong with the maps of a shard, as a warning in its log; what the stage returns
    so that `seen` is noted.
    """
    warn(judge([seen]))
    return {SEEN: seen}


def judge(seen: Sequence[Json]) -> list[str]:
    """What is wrong with all maps of a step together; [] where nothing is.

    `seen` is what the watch of each shard saw. For label maps: all are IGNORE, or have one label.
    For score maps: all are zero.
    """
    photos = sum(shard.get("photos", 0) for shard in seen)
    if not photos:
        return []
    if "above_zero" in seen[0]:
        return [] if any(shard.get("above_zero") for shard in seen) else [_zero(photos)]
    labels = {name for shard in seen for name in shard.get("labels", [])}
    if not labels:
        return [f"all pixels of all {photos} photos are 255 (ignored): nothing can be learned"]
    if photos >= LEAST and len(labels) == 1:
        return [f"all {photos} photos have one label only, '{labels.pop()}'"]
    return []


def _zero(photos: int) -> str:
    return (
        f"the class maps of all {photos} photos with tags are zero everywhere: the classifier sees "
        "none of its classes"
    )
