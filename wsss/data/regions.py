"""Maps of region ids, such as superpixels: which regions touch, and means over them."""

import numpy as np


def neighbours(regions: np.ndarray) -> np.ndarray:
    """The pairs of regions that touch, each once, (2, m); `regions` are ids (H, W)."""
    horizontal = np.stack([regions[:, :-1].ravel(), regions[:, 1:].ravel()], axis=1)
    vertical = np.stack([regions[:-1].ravel(), regions[1:].ravel()], axis=1)
    pairs = np.concatenate([horizontal, vertical])
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return np.unique(np.sort(pairs, axis=1), axis=0).T


def sums_in_regions(maps: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """The sum of each map (K, H, W) over each region, float64 (K, R); `regions` are ids (H, W),
    the largest is R - 1.
    """
    ids = regions.ravel()
    count = int(ids.max()) + 1
    return np.stack([np.bincount(ids, plane.ravel(), count) for plane in maps])


def sizes_of_regions(regions: np.ndarray) -> np.ndarray:
    """The pixels of each region, int64 (R,); 0 for an id that no pixel has."""
    return np.bincount(regions.ravel())
