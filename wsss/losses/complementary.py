"""The parts of CPN's losses: between a photo and a complementary pair of it (ICCV 2021;
docs/methods.md#cpn).

Maps are (N, C, h, w) without background, normalised, absent classes 0. Those of the pair are
multiplied by the share of the photo that each of them shows.
"""

import torch
from torch import Tensor

from wsss.losses.equivariance import cross_loss


def sum_loss(whole: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """CPN's L_TCP for one kind of maps: the mean of |whole - (first + second)| over all entries."""
    return (whole - first - second).abs().mean()


def missing_loss(whole: Tensor, first: Tensor, second_refined: Tensor, hard_share: float) -> Tensor:
    """CPN's L_CPCR for one photo of the pair: what the photo's maps have and those of this one
    lack, against the refined maps of the other one. It is SEAM's cross loss, so only the largest
    differences count.

    The target, `whole - first`, has no gradient. All maps get a background first, and at each cell
    of the target the largest difference is kept, which may be the background's.
    """
    lacking = with_background(whole.detach()) - with_background(first.detach())
    return cross_loss(keep_largest(lacking), with_background(second_refined), hard_share)


def with_background(maps: Tensor) -> Tensor:
    """Class maps (N, C, h, w) with 1 - the largest class before them, (N, C + 1, h, w)."""
    return torch.cat([1 - maps.amax(dim=1, keepdim=True), maps], dim=1)


def keep_largest(maps: Tensor) -> Tensor:
    """Maps (N, K, h, w), at each cell 0 but for the largest of the K values."""
    return maps * (maps >= maps.amax(dim=1, keepdim=True))
