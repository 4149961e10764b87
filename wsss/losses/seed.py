"""Losses of networks that train on seeds (docs/methods.md#sec, docs/methods.md#dsrg).

P is softmax over labels, (N, C + 1, h, w).
"""

import torch
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.losses.ranks import ranked_mean

FLOOR = 1e-4


def floored_softmax(logits: Tensor) -> Tensor:
    """Softmax that is never below about 1e-4, as in SEC and DSRG."""
    p = logits.float().softmax(dim=1) + FLOOR
    return p / p.sum(dim=1, keepdim=True)


def balanced_seed_loss(p: Tensor, seeds: Tensor) -> Tensor:
    """-mean log P over background seeds plus -mean log P over all foreground seeds of a photo,
    averaged over photos.

    `seeds` int64 (N, h, w), IGNORE where there is none; a photo without seeds of a kind adds 0 for
    it.
    """
    log_p, loss = log_p_of(p, seeds), p.new_zeros(())
    for chosen in (seeds == 0, (seeds > 0) & (seeds != IGNORE)):
        loss = (
            loss - ((log_p * chosen).sum(dim=(1, 2)) / chosen.sum(dim=(1, 2)).clamp(min=1)).mean()
        )
    return loss


def seed_loss(p: Tensor, seeds: Tensor) -> Tensor:
    """SEC's: -mean log P over all seeds of a photo, averaged over photos; a photo without seeds
    adds 0.
    """
    count = (seeds != IGNORE).sum(dim=(1, 2)).clamp(min=1)
    return -(log_p_of(p, seeds).sum(dim=(1, 2)) / count).mean()


def log_p_of(p: Tensor, seeds: Tensor) -> Tensor:
    """log P of each seed's label, (N, h, w); 0 where there is no seed."""
    index = seeds.clamp(max=p.shape[1] - 1)[:, None]
    return torch.where(seeds == IGNORE, 0.0, p.log().gather(1, index)[:, 0])


def expand_loss(
    p: Tensor, tags: Tensor, foreground_decay: float, background_decay: float
) -> Tensor:
    """SEC's: present classes and background should fill the photo by weighted ranks, absent ones be
    nowhere.

    `tags` (N, C). A photo without tags, or with all of them, adds 0 for what it lacks.
    """
    flat = p.flatten(2)
    present = -ranked_mean(flat[:, 1:], foreground_decay).log() * tags
    absent = -(1 - flat[:, 1:].amax(dim=2)).clamp(min=FLOOR).log() * (1 - tags)
    background = -ranked_mean(flat[:, 0], background_decay).log()
    inside = present.sum(dim=1) / tags.sum(dim=1).clamp(min=1)
    outside = absent.sum(dim=1) / (1 - tags).sum(dim=1).clamp(min=1)
    return (inside + outside + background).mean()


def boundary_loss(
    p: Tensor, smoothed: Tensor, clip: tuple[float, float] | None = (0.05, 20.0)
) -> Tensor:
    """mean over pixels of sum_c Q log(Q / P); Q = `smoothed` gets no gradient.

    DSRG clips the ratio Q / P, SEC does not.
    """
    q = smoothed.detach()
    ratio = q / p if clip is None else (q / p).clamp(*clip)
    return (q * ratio.log()).sum(dim=1).mean()
