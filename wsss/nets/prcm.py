"""CPN's pixel-region correlation module, PRCM (ICCV 2021; docs/methods.md#prcm): how much each cell
is like the region of each class.

N photos, K maps (the classes, and the background), D features, E channels of keys and queries.
"""

import math
from typing import Literal

import torch
from torch import Tensor

from wsss.nets.precision import full_precision


@full_precision
def describe_regions(maps: Tensor, features: Tensor) -> Tensor:
    """The region of each map in features, (N, K, D): the mean of the features (N, D, h, w), where
    each cell weighs as the softmax of the map (N, K, h, w) over all cells.
    """
    weights = maps.float().flatten(2).softmax(dim=2)
    return torch.bmm(weights, features.float().flatten(2).transpose(1, 2))


def keys_of(channels: Tensor, axes: Literal["right", "published"]) -> Tensor:
    """The key of each region, (N, K, E), from the channels of all regions, (N, E, K).

    right: axes are exchanged. published: the same numbers in the same order take the other shape,
    as in the published code. So there each key mixes channels of several regions.
    """
    if axes == "right":
        return channels.transpose(1, 2)
    return channels.contiguous().view(len(channels), channels.shape[2], channels.shape[1])


@full_precision
def weigh_cells(keys: Tensor, queries: Tensor) -> Tensor:
    """W (N, K, h, w): for each region the softmax over all cells of key * query / sqrt(K).

    `keys` (N, K, E) are of the regions, `queries` (N, E, h, w) of the cells. The scale is that of
    the published code: the root of the number of regions, not of channels.
    """
    products = torch.bmm(keys.float(), queries.float().flatten(2))
    weights = (products / math.sqrt(keys.shape[1])).softmax(dim=2)
    return weights.view(*keys.shape[:2], *queries.shape[2:])
