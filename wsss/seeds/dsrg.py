"""Deep seeded region growing (CVPR 2018; methods.md 5).

At every step the network's own confident pixels, where connected to seeds, join the supervision of the balanced seed
loss; growth always restarts from the original seeds. The boundary loss pulls the prediction to its CRF-smoothed self.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.labels.dense_field import mean_field
from wsss.nets.deeplab_v2 import DeepLabV2
from wsss.seeds.dsrg_settings import DsrgSettings
from wsss.seeds.growing import grow
from wsss.seeds.losses import FLOOR, balanced_seed_loss, boundary_loss, floored_softmax


class Dsrg:
    """A training task: `network` (logits over background and classes) and `loss` on seeds as label maps."""

    def __init__(self, settings: DsrgSettings, classes: int) -> None:
        self.settings = settings
        self.network = DeepLabV2(settings, classes + 1, settings.hidden)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """Balanced seed loss on grown seeds plus the boundary loss, and how much of the grid is supervised."""
        s, images = self.settings, batch["image"]
        side = -(-images.shape[-1] // s.grid_stride)
        logits = F.interpolate(self.network(images), (side, side), mode="bilinear", align_corners=False)
        p = floored_softmax(logits)
        smoothed = self._smoothed(p, images, side)
        seeds = F.interpolate(batch["labels"][:, None].float(), (side, side), mode="nearest-exact")[:, 0].long()
        grown = self._grown(p, smoothed, seeds, batch["tags"])
        seed, boundary = balanced_seed_loss(p, grown), boundary_loss(p, smoothed)
        parts = {"seed": float(seed.detach()), "boundary": float(boundary.detach()),
                 "seeded": float((seeds != IGNORE).float().mean()), "grown": float((grown != IGNORE).float().mean())}
        return seed + s.boundary * boundary, parts

    def _smoothed(self, p: Tensor, images: Tensor, side: int) -> Tensor:
        """The prediction after the CRF on the grid, floored and renormalised."""
        s = self.settings
        photos = F.interpolate(images, (side, side), mode="bilinear", antialias=True).float() * 255
        energy = -p.detach().log() if s.unary == "log_probability" else -p.detach()
        q = mean_field(energy, photos, s.gaussian_xy, s.gaussian_weight, s.bilateral_xy, s.bilateral_rgb,
                       s.bilateral_weight, s.iterations) + FLOOR
        return q / q.sum(dim=1, keepdim=True)

    def _grown(self, p: Tensor, smoothed: Tensor, seeds: Tensor, tags: Tensor) -> Tensor:
        s = self.settings
        if s.grow == "none":
            return seeds
        present = torch.cat([torch.ones_like(tags[:, :1]), tags], dim=1)[..., None, None]
        return grow((smoothed if s.grow == "crf" else p.detach()) * present, seeds, s.theta_foreground, s.theta_background)
