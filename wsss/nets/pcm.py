"""SEAM's pixel correlation module, PCM (docs/methods.md#pcm): each cell's scores become a weighted
mean of all cells' scores.

Weights are ReLU(cosine similarity of the features), scaled to sum to 1. No residual is added.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.nets.precision import full_precision

EPSILON = 1e-5
BLOCK_ENTRIES = 1 << 22
"""affinities in memory at a time, 16 MB in float32: about a CPU's cache; a grid of 45 x 45 cells is
one block"""


def suppress(maps: Tensor, tags: Tensor | None = None) -> Tensor:
    """The module's input: from class maps (N, C, h, w) of any scale to (N, C + 1, h, w) in 0..1,
    background first, without gradient.

    Each map is cut at 0 and divided by its maximum. Background is 1 - the largest class. At each
    cell only the largest class keeps its value. `tags` (N, C), if given, is 1 for present classes;
    the others are set to 0 first.
    """
    maps = maps.detach().float().relu()
    if tags is not None:
        maps = maps * tags[..., None, None]
    maps = F.relu(maps - EPSILON) / (maps.amax(dim=(2, 3), keepdim=True) + EPSILON)
    largest = maps.amax(dim=1, keepdim=True)
    return torch.cat([1 - largest, maps * (maps >= largest)], dim=1)


@full_precision
def correlate(maps: Tensor, features: Tensor) -> Tensor:
    """Each cell's weighted mean of maps (N, K, h, w) over all n = h * w cells, with weights from
    the features (N, D, h, w).

    The (n, n) matrix of weights is computed in blocks of columns, to bound its memory.
    """
    flat, flat_maps = features.float().flatten(2), maps.float().flatten(2)
    flat = flat / (flat.norm(dim=1, keepdim=True) + EPSILON)
    columns = max(1, BLOCK_ENTRIES // (flat.shape[0] * flat.shape[2]))
    blocks = [_spread(flat_maps, flat, block) for block in flat.split(columns, dim=2)]
    return torch.cat(blocks, dim=2).view_as(maps)


def _spread(maps: Tensor, flat: Tensor, block: Tensor) -> Tensor:
    """Refined maps (N, K, b) of the b cells with features `block` (N, D, b).

    `maps` (N, K, n) and `flat` (N, D, n) are the maps and features of all cells. Features have unit
    length.
    """
    affinity = F.relu(torch.bmm(flat.transpose(1, 2), block))
    return torch.bmm(maps, affinity) / (affinity.sum(dim=1, keepdim=True) + EPSILON)
