"""Poolings from class maps to class scores (docs/methods.md#pooling), and the loss of the scores.

Each pooling takes maps flattened over positions, (N, C, h * w), and returns (N, C).
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.classify.settings import ClassifierSettings
from wsss.losses.ranks import ranked_mean


def pool(maps: Tensor, settings: ClassifierSettings) -> Tensor:
    """Class scores float32 (N, C) of class maps (N, C, h, w), by the pooling of the settings."""
    return POOLINGS[settings.pooling](maps.float().flatten(2), settings)


def classification_loss(maps: Tensor, tags: Tensor, settings: ClassifierSettings) -> Tensor:
    """The multi-label soft margin loss of pooled class maps, mean over photos and classes.

    `maps` (N, C, h, w) are class maps; `tags` (N, C) is 1 for present classes, else 0.
    """
    return F.multilabel_soft_margin_loss(pool(maps, settings), tags)


def _mean(flat: Tensor, settings: ClassifierSettings) -> Tensor:
    return flat.mean(dim=2)


def _max(flat: Tensor, settings: ClassifierSettings) -> Tensor:
    return flat.amax(dim=2)


def _log_sum_exp(flat: Tensor, settings: ClassifierSettings) -> Tensor:
    """(1/r) log mean exp(r s), with r = lse_r: tends to the mean for r to 0, to the maximum for
    large r. Being a mean, it does not grow with the map's size.
    """
    r = settings.lse_r
    return (torch.logsumexp(r * flat, dim=2) - math.log(flat.shape[2])) / r


def _top(flat: Tensor, settings: ClassifierSettings) -> Tensor:
    """The mean of the `top_share` largest values, at least one."""
    count = max(1, round(settings.top_share * flat.shape[2]))
    return flat.topk(count, dim=2).values.mean(dim=2)


def _rank(flat: Tensor, settings: ClassifierSettings) -> Tensor:
    return ranked_mean(flat, settings.rank_decay)


POOLINGS: dict[str, Callable[[Tensor, ClassifierSettings], Tensor]] = {
    "mean": _mean,
    "max": _max,
    "lse": _log_sum_exp,
    "top": _top,
    "rank": _rank,
}
"""the setting `pooling` -> its function"""
