"""Deep seeded region growing (CVPR 2018; docs/methods.md#dsrg).

At every step the network's own confident pixels, where connected to seeds, join the supervision of
the balanced seed loss; growth always restarts from the original seeds. The boundary loss pulls the
prediction to its CRF-smoothed self.
"""

import torch
from torch import Tensor

from wsss.losses.seed import balanced_seed_loss, boundary_loss
from wsss.seeds.growing import grow
from wsss.seeds.seeded_task import SeededTask, Weighted

RATIO_CLIP = (0.05, 20.0)
"""bounds of the ratio Q / P in DSRG's boundary loss"""


class Dsrg(SeededTask):
    """A training task: `network` (logits over background and classes) and `loss` on seeds as label
    maps.
    """

    def choose_labels(self, p: Tensor, smoothed: Tensor, seeds: Tensor, tags: Tensor) -> Tensor:
        """Seeds grown over what the network is confident of, among the photo's classes; no
        gradient.
        """
        s = self.settings
        if s.grow == "none":
            return seeds
        present = torch.cat([torch.ones_like(tags[:, :1]), tags], dim=1)[..., None, None]
        return grow(
            (smoothed if s.grow == "crf" else p.detach()) * present,
            seeds,
            s.theta_foreground,
            s.theta_background,
        )

    def losses(self, p: Tensor, smoothed: Tensor, supervision: Tensor, tags: Tensor) -> Weighted:
        """Balanced seed loss on the grown seeds, and the boundary loss."""
        return {
            "seed": (1.0, balanced_seed_loss(p, supervision)),
            "boundary": (self.settings.boundary, boundary_loss(p, smoothed, RATIO_CLIP)),
        }
