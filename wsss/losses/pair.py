"""The loss that affinities learn from confident areas: pairs of one label should belong together,
pairs of different labels should not.
"""

import torch
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.nets.pairs import neighbours

EPSILON = 1e-5


def pair_loss(affinity: Tensor, labels: Tensor, radius: int) -> tuple[Tensor, dict[str, float]]:
    """1/4 background pairs + 1/4 pairs of one class + 1/2 pairs of different labels, and each
    part's mean.

    `affinity` (N, O, h, w) in 0..1 of every pair nearer than `radius`, `labels` int64 (N, h, w). A
    pair counts when neither of its labels is IGNORE. PSA and IRNet weigh alike
    (docs/methods.md#psa, docs/methods.md#irnet).
    """
    alike, apart = -torch.log(affinity + EPSILON), -torch.log(1 + EPSILON - affinity)
    kinds = pair_kinds(labels, radius)
    means = {
        "background": _mean_of(alike, kinds["background"]),
        "same": _mean_of(alike, kinds["same"]),
        "different": _mean_of(apart, kinds["different"]),
    }
    loss = means["background"] / 4 + means["same"] / 4 + means["different"] / 2
    parts = {name: float(mean.detach()) for name, mean in means.items()}
    return loss, {**parts, "confident": float((labels != IGNORE).float().mean())}


def _mean_of(terms: Tensor, chosen: Tensor) -> Tensor:
    """The mean of the terms that a mask chooses; 0 where it chooses none."""
    return (terms * chosen).sum() / (chosen.sum() + EPSILON)


def pair_kinds(labels: Tensor, radius: int) -> dict[str, Tensor]:
    """Masks (N, O, h, w) of the confident pairs that are both background, both of the same class,
    or of different labels.
    """
    labels = labels.to(torch.uint8)
    source, target = labels[:, None], neighbours(labels, radius, IGNORE)
    valid, equal = (source != IGNORE) & (target != IGNORE), source == target
    return {
        "background": valid & equal & (source == 0),
        "same": valid & equal & (source > 0),
        "different": valid & ~equal,
    }
