"""The pixel correlation module of SEAM (docs/methods.md#pcm): maps spread over pixels with similar
features.

Cosine similarity, ReLU, each pixel's weights sum to 1, no residual.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.nets.precision import full_precision

EPSILON = 1e-5
BLOCK_ENTRIES = 1 << 22
"""Affinities held at a time, 16 MB in float32: fits a cache or nearly so, and makes a grid of 45 x
45 one block."""


def suppress(maps: Tensor, tags: Tensor | None = None) -> Tensor:
    """What the module spreads: maps (N, C, h, w) of any scale -> (N, C + 1, h, w) in 0..1,
    background first, no gradient.

    Each map is cut at 0 and divided by its maximum; background is what the largest leaves; at every
    pixel only the largest class stays. `tags` (N, C) sets absent classes to 0 first.
    """
    maps = maps.detach().float().relu()
    if tags is not None:
        maps = maps * tags[..., None, None]
    maps = F.relu(maps - EPSILON) / (maps.amax(dim=(2, 3), keepdim=True) + EPSILON)
    largest = maps.amax(dim=1, keepdim=True)
    return torch.cat([1 - largest, maps * (maps >= largest)], dim=1)


@full_precision
def correlate(maps: Tensor, features: Tensor) -> Tensor:
    """Spread maps (N, K, h, w) by the similarity of features (N, D, h, w): a weighted mean over all
    pixels.

    The n x n matrix of a large grid is made a block of columns at a time, and never whole.
    """
    flat, flat_maps = features.float().flatten(2), maps.float().flatten(2)
    flat = flat / (flat.norm(dim=1, keepdim=True) + EPSILON)
    columns = max(1, BLOCK_ENTRIES // (flat.shape[0] * flat.shape[2]))
    blocks = [_spread(flat_maps, flat, block) for block in flat.split(columns, dim=2)]
    return torch.cat(blocks, dim=2).view_as(maps)


def _spread(maps: Tensor, flat: Tensor, block: Tensor) -> Tensor:
    """Refined maps (N, K, b) of the cells whose features are `block` (N, D, b), from the maps (N,
    K, n) of all cells.
    """
    affinity = F.relu(torch.bmm(flat.transpose(1, 2), block))
    return torch.bmm(maps, affinity) / (affinity.sum(dim=1, keepdim=True) + EPSILON)
