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
        self,
        seen: Seen,
        boxes: Sequence[Sequence[float]],
        width: int,
        weight: np.ndarray,
        around: float = 1.0,
    ) -> None:
        """Add a photo of `width` pixels with its boxes [label, left, top, right, bottom].

        `weight` (M,) is that of each point that it sees. `around` is the vote of a box for pixels
        that are in a smaller one, too.
        """
        self._inside[seen.points] += weight[:, None] * self._votes(seen, boxes, width, around)
        self._weight[seen.points] += weight
        self._photos[seen.points] += 1

    def _votes(
        self, seen: Seen, boxes: Sequence[Sequence[float]], width: int, around: float
    ) -> np.ndarray:
        """The votes of a photo on the points that it sees, float32 (M, K)."""
        across, down = seen.pixels % width + 0.5, seen.pixels // width + 0.5
        votes = np.zeros((len(across), self._inside.shape[1]), np.float32)
        for label, left, top, right, bottom in sorted(boxes, key=_area, reverse=True):
            inside = (left <= across) & (across < right) & (top <= down) & (down < bottom)
            votes[inside] = np.minimum(votes[inside], around)
            votes[inside, int(label) - 1] = 1
        return votes

    def objectness(self, settings: BoxVoteSettings) -> Objectness:
        """The weighted share of the photos in which each point is in a box of each class; a part of
        it for points that few photos see.
        """
        known = self._photos > 0
        share = self._inside / np.where(known, self._weight, 1)[:, None]
        share[self._photos < settings.fewest] *= settings.few
        return Objectness(share, known)


def _area(box: Sequence[float]) -> float:
    """The area of a box [label, left, top, right, bottom]."""
    return (box[3] - box[1]) * (box[4] - box[2])
