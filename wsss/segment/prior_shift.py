"""Factors on the labels with which a network predicts each label as often as its pseudo-labels have
it (docs/methods.md#priors). A network that is trained on noisy labels predicts too much of what is
frequent, most of all background.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wsss.nets.multiscale import photo_tensor
from wsss.run.errors import UserError
from wsss.segment.cells import CellSample
from wsss.segment.prior_shift_settings import PriorShiftSettings
from wsss.segment.probabilities import sum_probabilities

LARGEST = 50.0
"""the largest factor; the smallest is 1 / LARGEST"""
UPDATES = 200
"""updates of the factors, at most"""
DAMPING = 0.5
"""exponent of an update; 1 would overshoot where many cells are undecided"""
CLOSE = 1e-4
"""the updates end when no share is further than this from the wanted one"""
HALVINGS = 40
"""halvings of the interval in which the background's factor lies"""
CHUNK = 1 << 14
"""cells that are compared at a time, which bounds the memory"""


@dataclass(frozen=True)
class PriorShift:
    """Factors on the labels, float32 (K + 1,), and shares of the cells, each (K + 1,)."""

    factors: np.ndarray
    """background first; their geometric mean is 1 unless some are at the limit"""
    wanted: np.ndarray
    """the share of each label among the pseudo-labels"""
    before: np.ndarray
    """the share that the network predicts"""
    after: np.ndarray
    """the share that it predicts with the factors"""
    cells: int
    """number of cells"""

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """What the file says of each label: name -> values (K + 1,)."""
        shares = {"wanted": self.wanted, "before": self.before, "after": self.after}
        return {"factor": self.factors, **shares}

    @property
    def summary(self) -> str:
        """The shares of the background, and how many factors are at the limit, in words."""
        count = int(np.isclose(abs(np.log(self.factors)), np.log(LARGEST)).sum())
        limited = f"; factors at the limit of {LARGEST:g}: {count}" if count else ""
        return (
            f"background: {self.wanted[0]:.1%} of the pseudo-labels; the network predicts "
            f"{self.before[0]:.1%}, and {self.after[0]:.1%} with the priors{limited}"
        )


def find_shift(
    task: Any,
    photos: Iterable[tuple[np.ndarray, np.ndarray]],
    settings: PriorShiftSettings,
    device: torch.device,
) -> PriorShift:
    """The factors for the network of `task`, by photos, uint8 (H, W, 3), each with its label map,
    uint8 (H, W). UserError if no pixel has a label.
    """
    sample = CellSample(settings.most_cells)
    for photo, labels in photos:
        image = photo_tensor(photo, device, settings.long_side)
        sums = sum_probabilities(task, image, settings, settings.stride)
        probabilities = sums / sums.sum(dim=0, keepdim=True)
        sample.add(probabilities.cpu().numpy(), labels)
    return shift_of_cells(*sample.all(), settings)


def shift_of_cells(
    probabilities: np.ndarray, labels: np.ndarray, settings: PriorShiftSettings
) -> PriorShift:
    """The factors by cells: probabilities (K + 1, N) and labels, uint8 (N,), none of them 255."""
    if len(labels) == 0:
        raise UserError(
            "the pseudo-labels of these photos are 255 (ignore) everywhere; make other labels"
        )
    cells, count = torch.from_numpy(probabilities), len(probabilities)
    counted = torch.from_numpy(np.bincount(labels, minlength=count))
    wanted = counted.double() / len(labels)
    find = shift_all if settings.shift == "all" else shift_background
    factors, same = find(cells, wanted), torch.ones(count)
    before, after = (shares_with(cells, given).numpy() for given in (same, factors))
    return PriorShift(factors.numpy(), wanted.numpy(), before, after, len(labels))


def shares_with(probabilities: Tensor, factors: Tensor) -> Tensor:
    """The share, float64 (K + 1,), of the cells at which factor (K + 1,) times probability
    (K + 1, N) is largest, for each label. The first of equal labels counts.
    """
    counts = torch.zeros(len(factors), dtype=torch.float64)
    for part in probabilities.split(CHUNK, dim=1):
        largest = (part.float() * factors[:, None]).argmax(dim=0)
        counts += largest.bincount(minlength=len(factors))
    return counts / probabilities.shape[1]


def shift_all(probabilities: Tensor, wanted: Tensor) -> Tensor:
    """A factor, float32 (K + 1,), for each label so that its share is the wanted one (K + 1,).

    Repeats w = w (wanted / share)^DAMPING and keeps the best factors. A label that is not wanted at
    all, because no photo has it, keeps the factor 1.
    """
    present = wanted > 0
    factors = best = torch.ones(len(wanted))
    least = float("inf")
    for _ in range(UPDATES):
        shares = shares_with(probabilities, factors)
        error = (shares - wanted)[present].abs().max().item()
        if error < least:
            least, best = error, factors
        if least <= CLOSE:
            break
        ratio = (wanted / shares.clamp(1 / probabilities.shape[1])) ** DAMPING
        factors = torch.where(present, _limit(factors * ratio.float(), present), 1.0)
    return best


def shift_background(probabilities: Tensor, wanted: Tensor) -> Tensor:
    """Factors, float32 (K + 1,), of which only the background's differs, so that its share is the
    wanted one. The larger the factor, the larger the share, so it is found by bisection.
    """
    everywhere = torch.ones(len(wanted), dtype=torch.bool)
    low, high = -np.log(LARGEST), np.log(LARGEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        factors = torch.ones(len(wanted))
        factors[0] = np.exp(middle)
        if shares_with(probabilities, factors)[0] < wanted[0]:
            low = middle
        else:
            high = middle
    return _limit(factors, everywhere)


def _limit(factors: Tensor, present: Tensor) -> Tensor:
    """Factors scaled so that the geometric mean of those of `present` labels is 1, then limited."""
    scaled = factors / factors[present].log().mean().exp()
    return scaled.clamp(1 / LARGEST, LARGEST)
