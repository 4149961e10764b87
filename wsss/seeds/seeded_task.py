"""What all trainings on seeds share: the network, its prediction on a grid, and that prediction
after a CRF.

A method chooses its supervision and its losses.
"""

from abc import ABC, abstractmethod
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.crf.grid import mean_field
from wsss.data.images import IGNORE
from wsss.losses.seed import PROBABILITY_FLOOR, floored_softmax
from wsss.nets.deeplab_v2 import DeepLabV2
from wsss.seeds.grow_settings import GrowSettings
from wsss.training.grids import labels_on

Weighted = dict[str, tuple[float, Tensor]]


class SeededTask(ABC):
    """A training task: `network` (logits over background and classes) and `loss` on seeds given as
    label maps.
    """

    def __init__(self, settings: GrowSettings, classes: int) -> None:
        self.settings: Any = settings
        self.network = DeepLabV2(settings, classes + 1, settings.hidden, settings.head)
        self.supervision = torch.zeros(0)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The sum of the method's losses, each one's value, and what the supervision covers.

        Afterwards `supervision`, int64 (N, h, w) on the grid, is what the batch was supervised by.
        """
        images, tags = batch["image"], batch["tags"]
        p = floored_softmax(
            F.interpolate(
                self.network(images), self._grid(images), mode="bilinear", align_corners=False
            )
        )
        smoothed = self._smoothed(p, images)
        seeds = labels_on(batch["labels"], self._grid(images))
        self.supervision = self.choose_labels(p, smoothed, seeds, tags)
        losses = self.losses(p, smoothed, self.supervision, tags)
        parts = {name: float(value.detach()) for name, (_, value) in losses.items()}
        return torch.stack([weight * value for weight, value in losses.values()]).sum(), {
            **parts,
            **coverage(seeds, self.supervision, tags),
        }

    def choose_labels(self, p: Tensor, smoothed: Tensor, seeds: Tensor, tags: Tensor) -> Tensor:
        """The labels (N, h, w) that supervise this step; IGNORE where nothing does."""
        return seeds

    @abstractmethod
    def losses(self, p: Tensor, smoothed: Tensor, supervision: Tensor, tags: Tensor) -> Weighted:
        """Name -> weight and loss."""

    def _grid(self, images: Tensor) -> tuple[int, int]:
        side = -(-images.shape[-1] // self.settings.grid_stride)
        return side, side

    def _smoothed(self, p: Tensor, images: Tensor) -> Tensor:
        """The prediction after the CRF on the grid, floored and renormalised; no gradient."""
        s = self.settings
        photos = (
            F.interpolate(images, self._grid(images), mode="bilinear", antialias=True).float() * 255
        )
        energy = -p.detach().log() if s.unary == "log_probability" else -p.detach()
        q = (
            mean_field(
                energy,
                photos,
                s.gaussian_xy,
                s.gaussian_weight,
                s.bilateral_xy,
                s.bilateral_rgb,
                s.bilateral_weight,
                s.iterations,
            )
            + PROBABILITY_FLOOR
        )
        return q / q.sum(dim=1, keepdim=True)


def coverage(seeds: Tensor, supervision: Tensor, tags: Tensor) -> dict[str, float]:
    """Shares 0..1: of the grid with seeds and supervised, of photos without a seed, of tags without
    a seed.
    """
    seeded = F.one_hot(seeds.where(seeds != IGNORE, 0).flatten(1), tags.shape[1] + 1).amax(dim=1)[
        :, 1:
    ]
    missing = (tags * (1 - seeded)).sum() / tags.sum().clamp(min=1)
    return {
        "seeded": float((seeds != IGNORE).float().mean()),
        "supervised": float((supervision != IGNORE).float().mean()),
        "photos_without_seed": float((seeds == IGNORE).flatten(1).all(dim=1).float().mean()),
        "tags_without_seed": float(missing),
    }
