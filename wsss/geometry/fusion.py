"""The objectness of points from a network's predictions (docs/methods.md#objectness)."""

import numpy as np

from wsss.geometry.objectness_settings import FuseSettings
from wsss.geometry.visibility import Seen
from wsss.geometry.votes import Objectness


class Predicted:
    """Collects the probabilities that a network gives N points in the photos that see them."""

    def __init__(self, points: int, classes: int) -> None:
        self._sums = np.zeros((points, classes), np.float32)
        self._photos = np.zeros(points, np.int32)

    def add(self, seen: Seen, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """Add a photo: label ids (L,), background first, and their probabilities (L, H, W)."""
        flat = probabilities.reshape(len(labels), -1)
        for label, plane in zip(labels, flat):
            if label > 0:
                self._sums[seen.points, label - 1] += plane[seen.pixels]
        self._photos[seen.points] += 1

    def fuse(self, before: Objectness, settings: FuseSettings) -> Objectness:
        """The mean probabilities of each point, averaged with its objectness of before."""
        seen = self._photos > 0
        mean = self._sums / np.maximum(self._photos, 1)[:, None]
        keep = np.where(seen, settings.keep * before.known, 1)[:, None].astype(np.float32)
        return Objectness(keep * before.scores + (1 - keep) * mean, seen | before.known)
