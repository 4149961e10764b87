"""Losses of networks that train on seeds (methods.md 4, 5). P is softmax over labels, (N, C + 1, h, w)."""

import torch
from torch import Tensor

from wsss.data.images import IGNORE

FLOOR = 1e-4


def floored_softmax(logits: Tensor) -> Tensor:
    """Softmax that is never below about 1e-4, as SEC and DSRG have it."""
    p = logits.float().softmax(dim=1) + FLOOR
    return p / p.sum(dim=1, keepdim=True)


def balanced_seed_loss(p: Tensor, seeds: Tensor) -> Tensor:
    """-mean log P over background seeds plus -mean log P over all foreground seeds of a photo, averaged over photos.

    `seeds` int64 (N, h, w), IGNORE where there is none; a photo without seeds of a kind adds 0 for it.
    """
    index = seeds.clamp(max=p.shape[1] - 1)[:, None]
    log_p = torch.where(seeds == IGNORE, 0.0, p.log().gather(1, index)[:, 0])
    loss = p.new_zeros(())
    for chosen in (seeds == 0, (seeds > 0) & (seeds != IGNORE)):
        loss = loss - ((log_p * chosen).sum(dim=(1, 2)) / chosen.sum(dim=(1, 2)).clamp(min=1)).mean()
    return loss


def boundary_loss(p: Tensor, smoothed: Tensor) -> Tensor:
    """mean over pixels of sum_c Q log(Q / P), the ratio clipped to 0.05..20; Q = `smoothed` gets no gradient."""
    q = smoothed.detach()
    return (q * (q / p).clamp(0.05, 20).log()).sum(dim=1).mean()
