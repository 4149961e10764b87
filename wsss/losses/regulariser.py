"""What a regularised loss is given, and when it counts (docs/methods.md#regularised-losses).

N crops of S x S pixels, K labels with background. The *region* is the part of a crop that is photo
and not padding. A pixel without label is inside of it.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.losses.ramp import rising
from wsss.losses.regulariser_settings import PhaseSettings, RegulariserSettings
from wsss.run.methods import load

REGULARISERS = {
    "dense_crf": "wsss.losses.regularised:DenseCrf",
    "normalised_cut": "wsss.losses.regularised:NormalisedCut",
    "kernel_cut": "wsss.losses.regularised:KernelCut",
    "dense_energy": "wsss.losses.dense_energy:DenseEnergy",
    "gated_crf": "wsss.losses.gated:GatedCrf",
    "dfr": "wsss.losses.dfr:Dfr",
}
"""name -> the class that computes it, for wsss.run.methods.load"""
Value = tuple[Tensor, dict[str, float]]
"""a weighted loss, and its parts for the history"""


@dataclass(frozen=True)
class Given:
    """One batch as a regularised loss sees it."""

    images: Tensor
    """float (N, 3, S, S) in 0..1"""
    logits: Tensor
    """float (N, K, h, w), as the network gives them"""
    labels: Tensor
    """int64 (N, S, S), IGNORE where unknown"""
    region: Tensor
    """uint8 (N, S, S), 1 in the photo, 0 in the padding"""
    progress: float
    """the share of the training that is done"""
    features: Tensor | None = None
    """float (N, D, h', w') of the feature head, for losses that read it"""


@dataclass(frozen=True)
class OnGrid:
    """The batch on the grid of a loss, h x w cells."""

    p: Tensor
    """float32 (N, K, h, w), which sums to 1 over K"""
    colours: Tensor
    """float32 (N, 3, h, w) in 0..255"""
    region: Tensor
    """float32 (N, 1, h, w), 1 or 0"""


def put_on_grid(given: Given, size: tuple[int, int]) -> OnGrid:
    """Logits are interpolated and then become probabilities; colours are averaged; a cell is in the
    region if its centre is.
    """
    logits = F.interpolate(given.logits.float(), size, mode="bilinear", align_corners=False)
    images = given.images.float()
    colours = F.interpolate(images, size, mode="bilinear", align_corners=False, antialias=True)
    region = F.interpolate(given.region[:, None].float(), size, mode="nearest-exact")
    return OnGrid(logits.softmax(dim=1), colours * 255, region)


class Regulariser(ABC):
    """A regularised loss; `settings` is its section."""

    reads_features = False
    """whether the network needs a head of features"""

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def __call__(self, given: Given) -> Value | None:
        """The weighted loss and its parts; None before it counts."""
        share = strength(self.settings, given.progress)
        if not share:
            return None
        # bfloat16 is too coarse for sums over pairs
        with torch.autocast(given.images.device.type, enabled=False):
            loss, parts = self.value(given)
        return share * loss, parts

    @abstractmethod
    def value(self, given: Given) -> Value:
        """The weighted loss and its parts at full strength."""


def strength(phase: PhaseSettings, progress: float) -> float:
    """The factor on the weight at `progress`: 0 before `after`, then it rises over `ramp` to 1."""
    if progress < phase.after:
        return 0.0
    return rising(1.0, phase.ramp, progress - phase.after)


def make_regulariser(settings: RegulariserSettings) -> Regulariser | None:
    """The regularised loss that the settings choose; None for none."""
    name = settings.regulariser
    if name == "none":
        return None
    chosen: Regulariser = load(REGULARISERS[name])(getattr(settings, name))
    return chosen
