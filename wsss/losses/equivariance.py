"""The parts of SEAM's losses: between two views of a photo, and between CAMs and refined CAMs
(CVPR 2020; docs/methods.md#seam).

Maps are (N, K, h, w), with K = C classes, or K = C + 1 with background first. `tags` (N, C) is 1
for present classes, else 0.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.nets.pcm import EPSILON


def max_norm(maps: Tensor) -> Tensor:
    """Maps with negative values set to 0, each scaled to a minimum of 0 and a maximum of 1
    (docs/methods.md#cam-normalisation).
    """
    maps = maps.float().relu()
    low, high = maps.amin(dim=(2, 3), keepdim=True), maps.amax(dim=(2, 3), keepdim=True)
    return F.relu(maps - low - EPSILON) / (high - low + EPSILON)


def keep_present(maps: Tensor, tags: Tensor, background: bool = False) -> Tensor:
    """Maps with absent classes set to 0. With `background`, channel 0 is background and is kept."""
    if background:
        tags = torch.cat([torch.ones_like(tags[:, :1]), tags], dim=1)
    return maps * tags[..., None, None]


def add_background(maps: Tensor) -> Tensor:
    """From class maps (N, C, h, w) to maps with background first (N, C + 1, h, w), detached.

    Background is 1 - the largest class. At each cell only the largest class keeps its value.
    """
    maps = maps.detach()
    largest = maps.amax(dim=1, keepdim=True)
    return torch.cat([1 - largest, maps * (maps >= largest)], dim=1)


def cross_loss(target: Tensor, refined: Tensor, hard_share: float) -> Tensor:
    """SEAM's L_ECR for one branch, with online hard example mining: the mean of a photo's largest
    differences |target - refined|, averaged over photos.

    Both are (N, K, h, w). `hard_share` is the share of the K * h * w differences that counts.
    """
    difference = (target - refined).abs().flatten(1)
    return difference.topk(max(1, int(hard_share * difference.shape[1])), dim=1).values.mean()


def min_pool(refined: Tensor, tags: Tensor) -> Tensor:
    """SEAM's min-pool loss on refined maps (N, C + 1, h, w): the value of the largest present class
    at each cell, cut at 0, averaged over the quarter of the cells with the lowest values.
    """
    largest = keep_present(refined[:, 1:], tags).amax(dim=1).flatten(1)
    return F.relu(largest.topk(max(1, largest.shape[1] // 4), dim=1, largest=False).values).mean()
