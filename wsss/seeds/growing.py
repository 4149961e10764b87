"""Seeded region growing (docs/methods.md#dsrg): confident pixels join the seeds that they are
connected to.

No gradient.
"""

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from wsss.data.images import IGNORE

EIGHT = np.ones((3, 3), int)


def grow(
    probabilities: Tensor, seeds: Tensor, theta_foreground: float, theta_background: float
) -> Tensor:
    """Grown labels, int64 (N, h, w), from probabilities (N, C + 1, h, w) of present labels and
    seeds (N, h, w).

    A pixel is a candidate of its most likely label when that is above the label's threshold, else
    of its seed. Every 8-connected region of candidates that touches a seed of its label takes the
    label; seeds always keep theirs.
    """
    best, label = probabilities.detach().max(dim=1)
    threshold = torch.where(label == 0, theta_background, theta_foreground)
    candidates = torch.where(best > threshold, label, seeds).cpu().numpy()
    fixed = seeds.cpu().numpy()
    grown = np.stack([_grow_one(c, s) for c, s in zip(candidates, fixed)])
    return torch.from_numpy(grown).to(seeds.device)


def _grow_one(candidates: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    result = seeds.copy()
    for label in np.unique(seeds[seeds != IGNORE]):
        free = (candidates == label) & ((seeds == IGNORE) | (seeds == label))
        regions, count = ndimage.label(free, structure=EIGHT)
        touched = np.zeros(count + 1, bool)
        touched[regions[seeds == label]] = True
        touched[0] = False
        result[touched[regions]] = label
    return result
