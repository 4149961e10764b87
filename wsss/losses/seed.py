"""Losses of networks that train on seeds (docs/methods.md#sec, docs/methods.md#dsrg).

P (`p`) is the softmax over background and the C classes, (N, C + 1, h, w).
"""

import torch
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.losses.ranks import ranked_mean

PROBABILITY_FLOOR = 1e-4
"""added to all probabilities, which are then scaled to sum to 1 again"""
COMPLEMENT_FLOOR = 1e-4
"""least value of 1 - max P before its logarithm"""


def floored_softmax(logits: Tensor) -> Tensor:
    """Softmax of logits (N, C + 1, h, w) that is never below about 1e-4, as in SEC and DSRG."""
    p = logits.float().softmax(dim=1) + PROBABILITY_FLOOR
    return p / p.sum(dim=1, keepdim=True)


def balanced_seed_loss(p: Tensor, seeds: Tensor) -> Tensor:
    """DSRG's balanced seed loss: -mean log P over the background seeds of a photo, plus -mean log P
    over its foreground seeds, averaged over photos.

    `seeds` is int64 (N, h, w), IGNORE where there is no seed. A photo without background seeds, or
    without foreground seeds, adds 0 for that term.
    """
    log_p, loss = log_p_of(p, seeds), p.new_zeros(())
    background, foreground = seeds == 0, (seeds > 0) & (seeds != IGNORE)
    for chosen in (background, foreground):
        count = chosen.sum(dim=(1, 2)).clamp(min=1)
        loss = loss - ((log_p * chosen).sum(dim=(1, 2)) / count).mean()
    return loss


def seed_loss(p: Tensor, seeds: Tensor) -> Tensor:
    """SEC's seed loss: -mean log P over all seeds of a photo, averaged over photos.

    `seeds` is int64 (N, h, w), IGNORE where there is no seed. A photo without seeds adds 0.
    """
    count = (seeds != IGNORE).sum(dim=(1, 2)).clamp(min=1)
    return -(log_p_of(p, seeds).sum(dim=(1, 2)) / count).mean()


def log_p_of(p: Tensor, seeds: Tensor) -> Tensor:
    """log P of each seed's label, (N, h, w); 0 where there is no seed."""
    # IGNORE (255) is no valid index; its value is dropped below
    index = seeds.clamp(max=p.shape[1] - 1)[:, None]
    return torch.where(seeds == IGNORE, 0.0, p.log().gather(1, index)[:, 0])


def expand_loss(
    p: Tensor, tags: Tensor, foreground_decay: float, background_decay: float
) -> Tensor:
    """SEC's expansion loss, averaged over photos:

    mean over present classes of -log G_f(P_c), plus mean over absent classes of -log(1 - max P_c),
    plus -log G_b(P_0).

    G_f and G_b are `ranked_mean` with the decay of the foreground and of the background. `tags`
    (N, C) is 1 for present classes, else 0. The term of present or absent classes is 0 where there
    are none.
    """
    flat = p.flatten(2)
    present = -ranked_mean(flat[:, 1:], foreground_decay).log() * tags
    absent = -(1 - flat[:, 1:].amax(dim=2)).clamp(min=COMPLEMENT_FLOOR).log() * (1 - tags)
    background = -ranked_mean(flat[:, 0], background_decay).log()
    inside = present.sum(dim=1) / tags.sum(dim=1).clamp(min=1)
    outside = absent.sum(dim=1) / (1 - tags).sum(dim=1).clamp(min=1)
    return (inside + outside + background).mean()


def boundary_loss(p: Tensor, smoothed: Tensor, clip: tuple[float, float] | None) -> Tensor:
    """SEC's constrain-to-boundary loss, DSRG's boundary loss: KL(Q || P), mean over pixels.

    Q = `smoothed` is the prediction after a dense CRF, (N, C + 1, h, w), without gradient. `clip`
    bounds the ratio Q / P (DSRG); None does not (SEC).
    """
    q = smoothed.detach()
    ratio = q / p if clip is None else (q / p).clamp(*clip)
    return (q * ratio.log()).sum(dim=1).mean()
