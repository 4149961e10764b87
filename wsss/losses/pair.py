"""The loss that trains affinities on confident areas: binary cross-entropy of the affinity of a
pair of cells against whether both have the same label.

N photos, O offsets to neighbours (`wsss/nets/pairs.py`), maps of h x w cells.
"""

import torch
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.nets.pairs import inner_cells, neighbours

EPSILON = 1e-5


def pair_loss(
    affinity: Tensor, labels: Tensor, radius: int, edge_pairs: bool = True
) -> tuple[Tensor, dict[str, float]]:
    """PSA's and IRNet's loss (docs/methods.md#psa, docs/methods.md#irnet), and its parts:

    1/4 mean -log a over background pairs, plus 1/4 mean -log a over pairs of one foreground class,
    plus 1/2 mean -log(1 - a) over pairs of different labels.

    a is `affinity` (N, O, h, w) in 0..1, of every pair nearer than `radius`; `labels` is int64
    (N, h, w). A pair with a label IGNORE does not count. `edge_pairs` is as in `inner_cells`. The
    parts are the three means, and
    `confident`, the share of cells with a label.
    """
    if_equal = -torch.log(affinity + EPSILON)  # the loss of a pair if its labels are equal
    if_different = -torch.log(1 + EPSILON - affinity)
    kinds = pair_kinds(labels, radius, edge_pairs)
    means = {
        "background": _mean_of(if_equal, kinds["background"]),
        "same": _mean_of(if_equal, kinds["same"]),
        "different": _mean_of(if_different, kinds["different"]),
    }
    loss = means["background"] / 4 + means["same"] / 4 + means["different"] / 2
    parts = {name: float(mean.detach()) for name, mean in means.items()}
    return loss, {**parts, "confident": float((labels != IGNORE).float().mean())}


def _mean_of(terms: Tensor, chosen: Tensor) -> Tensor:
    """The mean of the terms where the mask `chosen` is true; 0 if it is false everywhere."""
    return (terms * chosen).sum() / (chosen.sum() + EPSILON)


def pair_kinds(labels: Tensor, radius: int, edge_pairs: bool = True) -> dict[str, Tensor]:
    """Masks (N, O, h, w) of the pairs without IGNORE: both `background`, both of the `same`
    foreground class, or of `different` labels, of which one may be background.

    Without `edge_pairs` only the pairs of `inner_cells` count.
    """
    labels = labels.to(torch.uint8)
    source, target = labels[:, None], neighbours(labels, radius, IGNORE)
    valid = (source != IGNORE) & (target != IGNORE)
    if not edge_pairs:
        valid &= inner_cells((labels.shape[1], labels.shape[2]), radius).to(labels.device)
    equal = source == target
    return {
        "background": valid & equal & (source == 0),
        "same": valid & equal & (source > 0),
        "different": valid & ~equal,
    }
