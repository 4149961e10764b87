"""Losses between two views of a photo, and between maps and their refined selves (SEAM, CVPR 2020;
docs/methods.md#seam).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.nets.pcm import EPSILON


def max_norm(maps: Tensor) -> Tensor:
    """Each map (N, K, h, w) cut at 0 and stretched so that its minimum is 0 and its maximum 1
    (docs/methods.md#cam-normalisation).
    """
    maps = maps.float().relu()
    low, high = maps.amin(dim=(2, 3), keepdim=True), maps.amax(dim=(2, 3), keepdim=True)
    return F.relu(maps - low - EPSILON) / (high - low + EPSILON)


def keep_present(maps: Tensor, tags: Tensor, background: bool = False) -> Tensor:
    """Maps with absent classes set to 0; with `background`, channel 0 is background and always
    present.
    """
    if background:
        tags = torch.cat([torch.ones_like(tags[:, :1]), tags], dim=1)
    return maps * tags[..., None, None]


def add_background(maps: Tensor) -> Tensor:
    """(N, C, h, w) -> (N, C + 1, h, w), detached: background is what the largest class leaves, only
    the largest stays.
    """
    maps = maps.detach()
    largest = maps.amax(dim=1, keepdim=True)
    return torch.cat([1 - largest, maps * (maps >= largest)], dim=1)


def cross_loss(target: Tensor, refined: Tensor, hard_share: float) -> Tensor:
    """Mean over photos of the `hard_share` largest absolute differences of two (N, K, h, w)
    stacks.
    """
    difference = (target - refined).abs().flatten(1)
    return difference.topk(max(1, int(hard_share * difference.shape[1])), dim=1).values.mean()


def min_pool(refined: Tensor, tags: Tensor) -> Tensor:
    """Mean of the least active quarter of the pixels of the largest present class's refined map (N,
    C + 1, h, w).
    """
    largest = keep_present(refined[:, 1:], tags).amax(dim=1).flatten(1)
    return F.relu(largest.topk(max(1, largest.shape[1] // 4), dim=1, largest=False).values).mean()
