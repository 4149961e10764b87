"""Poolings from class maps to class scores, which a classifier's loss reads
(docs/methods.md#pooling).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from wsss.classify.settings import ClassifierSettings
from wsss.losses.ranks import ranked_mean


def pool(maps: Tensor, settings: ClassifierSettings) -> Tensor:
    """Scores (N, C) of class maps (N, C, h, w) by the pooling that the settings name; float32."""
    return POOLINGS[settings.pooling](maps.float().flatten(2), settings)


def _mean(flat: Tensor, settings: ClassifierSettings) -> Tensor:
    return flat.mean(dim=2)


def _max(flat: Tensor, settings: ClassifierSettings) -> Tensor:
    return flat.amax(dim=2)


def _log_sum_exp(flat: Tensor, settings: ClassifierSettings) -> Tensor:
    """(1/r) log mean exp(r s): between the mean (r to 0) and the maximum.

    The mean keeps it free of the map's size.
    """
    r = settings.lse_r
    return (torch.logsumexp(r * flat, dim=2) - math.log(flat.shape[2])) / r


def _top(flat: Tensor, settings: ClassifierSettings) -> Tensor:
    return flat.topk(max(1, round(settings.top_share * flat.shape[2])), dim=2).values.mean(dim=2)


def _rank(flat: Tensor, settings: ClassifierSettings) -> Tensor:
    return ranked_mean(flat, settings.rank_decay)


POOLINGS: dict[str, Callable[[Tensor, ClassifierSettings], Tensor]] = {
    "mean": _mean,
    "max": _max,
    "lse": _log_sum_exp,
    "top": _top,
    "rank": _rank,
}
