"""Pseudo-labels by pixel-adaptive refinement: the scores of a pixel move to the mean of its
neighbours, weighted by likeness of colour.

PAMR (Araslanov and Roth, CVPR 2020): the neighbours are eight at each of several distances, so a
few steps reach far, and all of it is shifts of whole maps, which a GPU does at once.
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.data.maps import ScoreMap
from wsss.labels.decision import Labelled, decide_labels
from wsss.labels.par_settings import ParSettings


def par_labels(
    photo: np.ndarray, item: ScoreMap, settings: ParSettings, saliency: np.ndarray | None = None
) -> Labelled:
    """The labels of a photo: its map with background, brought to sum 1, refined."""
    return decide_labels(
        item,
        settings,
        saliency,
        lambda stacks: [sharpen(photo, scores, settings) for scores in stacks],
    )


@torch.no_grad()
def sharpen(photo: np.ndarray, scores: np.ndarray, settings: ParSettings) -> np.ndarray:
    """Probabilities (K, H, W) of scores (K, H, W) of a photo (H, W, 3), refined on a grid that is
    coarser by `stride`.
    """
    probabilities = torch.from_numpy(scores / (scores.sum(axis=0) + 1e-8))
    size = tuple(-(-side // settings.stride) for side in scores.shape[1:])
    image = torch.from_numpy(photo).permute(2, 0, 1).float()
    small = refine(
        _to(probabilities, size), _to(image, size), settings.dilations, settings.iterations
    )
    return _to(small, scores.shape[1:]).numpy()


def refine(scores: Tensor, image: Tensor, dilations: tuple[int, ...], iterations: int) -> Tensor:
    """Scores (K, h, w) after so many steps over an image (3, h, w) of any scale; their sum over K
    stays.

    Weights are a softmax over all neighbours of -|I_i - I_j| / (0.1 * deviation around i), averaged
    over colours.
    """
    around = torch.stack(list(_neighbours(image, dilations)))  # (8 D, 3, h, w)
    deviation = around.std(dim=0)
    weights = (-(image - around).abs() / (0.1 * deviation + 1e-8)).mean(dim=1).softmax(dim=0)
    for _ in range(iterations):
        scores = torch.stack([w * n for w, n in zip(weights, _neighbours(scores, dilations))]).sum(
            dim=0
        )
    return scores


def _neighbours(maps: Tensor, dilations: tuple[int, ...]) -> Iterator[Tensor]:
    """Maps (K, h, w) shifted to each of eight neighbours at each distance; edges repeat."""
    height, width = maps.shape[1:]
    for d in dilations:
        padded = F.pad(maps[None], (d, d, d, d), mode="replicate")[0]
        for dy in (0, d, 2 * d):
            for dx in (0, d, 2 * d):
                if (dy, dx) != (d, d):
                    yield padded[:, dy : dy + height, dx : dx + width]


def _to(maps: Tensor, size: tuple[int, ...]) -> Tensor:
    return F.interpolate(maps[None], size, mode="bilinear", antialias=size[0] < maps.shape[1])[0]
