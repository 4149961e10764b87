"""Means weighted by rank, between the mean and the maximum (SEC; docs/methods.md#sec)."""

import torch
from torch import Tensor


def ranked_mean(flat: Tensor, decay: float) -> Tensor:
    """SEC's global weighted rank pooling over the last dimension: the j-th largest value weighs
    decay^(j - 1).
    """
    weights = decay ** torch.arange(flat.shape[-1], device=flat.device)
    return (flat.sort(dim=-1, descending=True).values * weights).sum(dim=-1) / weights.sum()
