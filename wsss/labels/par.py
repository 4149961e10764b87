"""Pseudo-labels by pixel-adaptive mask refinement (PAMR; Araslanov and Roth, CVPR 2020).

In each iteration the scores of a pixel become the mean of its neighbours', weighted by similarity
of colour. The neighbours are eight at each of several distances, so few iterations reach far.
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
    """The labels of a photo (uint8 (H, W, 3)): its map with background, refined. `saliency` is
    float (H, W) in 0..1.
    """
    return decide_labels(
        item,
        settings,
        saliency,
        lambda stacks: [sharpen(photo, scores, settings) for scores in stacks],
    )


@torch.no_grad()
def sharpen(photo: np.ndarray, scores: np.ndarray, settings: ParSettings) -> np.ndarray:
    """Refined probabilities float32 (K, H, W) from the scores (K, H, W) of a photo (H, W, 3).

    The scores are divided by their sum. They are refined on a grid of one cell for `stride` x
    `stride` pixels, and interpolated to the photo's size.
    """
    probabilities = torch.from_numpy(scores / (scores.sum(axis=0) + 1e-8))
    size = tuple(-(-side // settings.stride) for side in scores.shape[1:])
    image = torch.from_numpy(np.require(photo, requirements="W")).permute(2, 0, 1).float()
    small = refine(
        _to(probabilities, size), _to(image, size), settings.dilations, settings.iterations
    )
    return _to(small, scores.shape[1:]).numpy()


def refine(scores: Tensor, image: Tensor, dilations: tuple[int, ...], iterations: int) -> Tensor:
    """Scores (K, h, w) after `iterations` averagings over an image (3, h, w). Where they sum to 1,
    they still do.

    The weight of neighbour j of pixel i is the softmax, over the neighbours, of
    -|I_i - I_j| / (0.1 * deviation of the neighbours' colours), averaged over the three colours. So
    the scale of the image does not matter.
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
    """The values of each cell's eight neighbours at each of the distances `dilations`, as shifted
    maps (K, h, w). Beyond the edge the edge's value repeats.
    """
    height, width = maps.shape[1:]
    for d in dilations:
        padded = F.pad(maps[None], (d, d, d, d), mode="replicate")[0]
        for dy in (0, d, 2 * d):
            for dx in (0, d, 2 * d):
                if (dy, dx) != (d, d):
                    yield padded[:, dy : dy + height, dx : dx + width]


def _to(maps: Tensor, size: tuple[int, ...]) -> Tensor:
    """Maps (K, H, W) interpolated to another size."""
    return F.interpolate(maps[None], size, mode="bilinear", antialias=size[0] < maps.shape[1])[0]
