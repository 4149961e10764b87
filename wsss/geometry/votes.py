"""The objectness of points from boxes (docs/methods.md#objectness)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wsss.geometry.objectness_settings import BoxVoteSettings
from wsss.geometry.visibility import Seen


class Objectness(NamedTuple):
    """How likely points belong to an object of each class."""

    scores: np.ndarray
    """float32 (N, K), for the classes in the dataset's order"""
    known: np.ndarray
    """whether anything is known of a point, bool (N,)"""


class Votes:
    """Collects the votes of the photos with boxes on N points and K classes."""

    def __init__(self, points: int, classes: int) -> None:
        self._inside = np.zeros((points, classes), np.float32)
        self._weight = np.zeros(points, np.float32)
        self._photos = np.zeros(points, np.int32)

    def add(
        self, seen: Seen, boxes: Sequence[Sequence[float]], width: int, weight: np.ndarray
    ) -> None:
        """Add a photo of `width` pixels with its boxes [label, left, top, right, bottom].

        `weight` (M,) is that of each point that it sees.
        """
        across, down = seen.pixels % width + 0.5, seen.pixels // width + 0.5
        for label in sorted({int(box[0]) for box in boxes}):
            inside = np.zeros(len(across), bool)
            for _, left, top, right, bottom in (box for box in boxes if box[0] == label):
                inside |= (left <= across) & (across < right) & (top <= down) & (down < bottom)
            self._inside[seen.points, label - 1] += weight * inside
        self._weight[seen.points] += weight
        self._photos[seen.points] += 1

    def objectness(self, settings: BoxVoteSettings) -> Objectness:
        """The weighted share of the photos in which each point is in a box of each class; a part of
        it for points that few photos see.
        """
        known = self._photos > 0
        share = self._inside / np.where(known, self._weight, 1)[:, None]
        share[self._photos < settings.fewest] *= settings.few
        return Objectness(share, known)
