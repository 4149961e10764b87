"""Thresholds of seeds by shares of the photos' area (docs/methods.md#seeds). Maps of one classifier
are flat, and those of another are steep, so a threshold means different seeds for each. A share
does not.
"""

from collections.abc import Iterable

import numpy as np

from wsss.data.maps import ScoreMap
from wsss.run.errors import UserError
from wsss.seeds.shares_settings import ShareSettings
from wsss.seeds.threshold_file import Thresholds

BINS = 100
"""thresholds are multiples of 1 / BINS"""


def find_thresholds(maps: Iterable[ScoreMap], settings: ShareSettings) -> Thresholds:
    """The highest threshold above which at least the share `foreground` of the maps' cells lies,
    and the lowest one below which at least `background` lies, but no higher than the first.

    Compared is the strongest score of each cell, each class divided by its maximum in the photo.
    Each photo counts the same. Maps without a class, of photos without a tag, are left out.
    Shares are reached, because a third of the cells may be exactly 0: with no more than a share
    below it, the threshold would be 0. UserError if no map has a class.
    """
    shares = [_shares(strongest) for strongest in map(_strongest, maps) if strongest is not None]
    if not shares:
        raise UserError("no photo has a class in its map, so there is no share to seed; check tags")
    above, below = np.mean(shares, axis=0)
    high = max(int(np.count_nonzero(above >= settings.foreground)) - 1, 0)
    low = min(int(np.count_nonzero(below < settings.background)), high)
    return Thresholds(high / BINS, low / BINS, len(shares))


def _strongest(item: ScoreMap) -> np.ndarray | None:
    """The largest class score of each cell, 0..1; None for a map without classes."""
    scores = item.scores[item.labels > 0]
    if not len(scores):
        return None
    peaks = scores.max(axis=(1, 2), keepdims=True, initial=1e-8)
    strongest: np.ndarray = (scores / peaks).max(axis=0)
    return strongest


def _shares(strongest: np.ndarray) -> np.ndarray:
    """The shares of the cells above and below each threshold, (2, BINS + 1), from 0."""
    thresholds, ranked = np.arange(BINS + 1) / BINS, np.sort(strongest, axis=None)
    below = np.searchsorted(ranked, thresholds)
    above = strongest.size - np.searchsorted(ranked, thresholds, side="right")
    return np.stack([above, below]) / strongest.size
