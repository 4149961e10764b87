"""Seeded region growing (docs/methods.md#dsrg): confident pixels join the seeds of the same label
that they are connected to.
"""

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from wsss.data.images import IGNORE

EIGHT = np.ones((3, 3), int)
"""the neighbourhood of 8-connected regions"""


def grow(
    probabilities: Tensor, seeds: Tensor, theta_foreground: float, theta_background: float
) -> Tensor:
    """Grown seeds, int64 (N, h, w), from probabilities (N, C + 1, h, w), which are 0 for absent
    labels, and seeds, int64 (N, h, w), IGNORE where there is no seed. No gradient.

    A pixel is a candidate for its most likely label if the probability is above the threshold of
    the label, else for the label of its seed. An 8-connected region of candidates for a label takes
    the label if it holds a seed of that label. Seeds keep their labels. As in the published code,
    a confident region stays connected through seeds of other labels.
    """
    best, label = probabilities.detach().max(dim=1)
    threshold = torch.where(label == 0, theta_background, theta_foreground)
    candidates = torch.where(best > threshold, label, seeds).cpu().numpy()
    fixed = seeds.cpu().numpy()
    grown = np.stack([_grow_one(c, s) for c, s in zip(candidates, fixed)])
    return torch.from_numpy(grown).to(seeds.device)


def _grow_one(candidates: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """The grown seeds of one photo, from candidate labels and seeds, both (h, w)."""
    result, free = seeds.copy(), seeds == IGNORE
    for label in np.unique(seeds[~free]):
        regions, count = ndimage.label(candidates == label, structure=EIGHT)
        seeded = np.zeros(count + 1, bool)
        seeded[regions[seeds == label]] = True
        seeded[0] = False  # index 0: no candidates of the label
        result[seeded[regions] & free] = label
    return result
