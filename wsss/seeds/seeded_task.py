"""What all trainings on seeds share: the network, its prediction on a coarse grid, and the
prediction after a dense CRF on that grid. SEC and DSRG add their supervision and their losses.
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
"""name of a loss -> its weight and value"""


class SeededTask(ABC):
    """A training task (wsss.training.loop.Task) on seeds, given as label maps. Its network gives
    logits over background and classes.
    """

    def __init__(self, settings: GrowSettings, classes: int) -> None:
        self.settings: Any = settings
        self.network = DeepLabV2(settings, classes + 1, settings.hidden, settings.head)
        self.supervision = torch.zeros(0)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The weighted sum of the method's losses; and as parts the value of each loss and the
        shares of `coverage`.

        It sets `supervision`, int64 (N, h, w), to the labels on the grid that the batch was
        supervised by.
        """
        images, tags = batch["image"], batch["tags"]
        logits = self.network(images)
        p = floored_softmax(
            F.interpolate(logits, self._grid(images), mode="bilinear", align_corners=False)
        )
        smoothed = self._smoothed(p, images)
        seeds = labels_on(batch["labels"], self._grid(images))
        self.supervision = self.choose_labels(p, smoothed, seeds, tags)
        losses = self.losses(p, smoothed, self.supervision, tags)
        parts = {name: float(value.detach()) for name, (_, value) in losses.items()}
        total = torch.stack([weight * value for weight, value in losses.values()]).sum()
        return total, {**parts, **coverage(seeds, self.supervision, tags)}

    def choose_labels(self, p: Tensor, smoothed: Tensor, seeds: Tensor, tags: Tensor) -> Tensor:
        """The labels that supervise this step, int64 (N, h, w), IGNORE elsewhere: here the seeds.

        `p` and `smoothed` are the prediction before and after the CRF, (N, C + 1, h, w). `seeds`
        are int64 (N, h, w), `tags` (N, C).
        """
        return seeds

    @abstractmethod
    def losses(self, p: Tensor, smoothed: Tensor, supervision: Tensor, tags: Tensor) -> Weighted:
        """The losses of the method; `supervision` is what `choose_labels` returned."""

    def _grid(self, images: Tensor) -> tuple[int, int]:
        """Rows and columns of the grid for square crops (N, 3, S, S)."""
        side = -(-images.shape[-1] // self.settings.grid_stride)
        return side, side

    def _smoothed(self, p: Tensor, images: Tensor) -> Tensor:
        """The prediction after the CRF on the grid; like `p` nowhere below about FLOOR, and without
        gradient.
        """
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
    """Shares in 0..1: `seeded` and `supervised` of the cells of the grid, `photos_without_seed` of
    the photos, `tags_without_seed` of the tags.

    `seeds` and `supervision` are int64 (N, h, w), `tags` (N, C).
    """
    ids = seeds.where(seeds != IGNORE, 0).flatten(1)
    has_seed = F.one_hot(ids, tags.shape[1] + 1).amax(dim=1)[:, 1:]  # (N, C)
    missing = (tags * (1 - has_seed)).sum() / tags.sum().clamp(min=1)
    return {
        "seeded": float((seeds != IGNORE).float().mean()),
        "supervised": float((supervision != IGNORE).float().mean()),
        "photos_without_seed": float((seeds == IGNORE).flatten(1).all(dim=1).float().mean()),
        "tags_without_seed": float(missing),
    }
