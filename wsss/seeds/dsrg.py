"""Deep seeded region growing (DSRG, CVPR 2018; docs/methods.md#dsrg).

At every training step the seeds grow by seeded region growing: pixels that the network is confident
of join a seed of the same label that they are connected to. Each step starts from the original
seeds. The loss is the balanced seeding loss on the grown seeds plus the boundary loss, the KL
divergence from the CRF-smoothed prediction to the prediction.
"""

import torch
from torch import Tensor

from wsss.losses.seed import balanced_seed_loss, boundary_loss
from wsss.seeds.growing import grow
from wsss.seeds.seeded_task import SeededTask, Weighted

RATIO_CLIP = (0.05, 20.0)
"""bounds of the ratio Q / P in DSRG's boundary loss"""


class Dsrg(SeededTask):
    """DSRG as a training task (wsss.training.loop.Task) on seeds, given as label maps."""

    def choose_labels(self, p: Tensor, smoothed: Tensor, seeds: Tensor, tags: Tensor) -> Tensor:
        """The grown seeds, int64 (N, h, w). Only background and the photo's tags grow; no gradient.

        Growing reads the CRF-smoothed probabilities, or the network's own, by the setting `grow`.
        """
        s = self.settings
        if s.grow == "none":
            return seeds
        present = torch.cat([torch.ones_like(tags[:, :1]), tags], dim=1)[..., None, None]
        probabilities = smoothed if s.grow == "crf" else p.detach()
        return grow(probabilities * present, seeds, s.theta_foreground, s.theta_background)

    def losses(self, p: Tensor, smoothed: Tensor, supervision: Tensor, tags: Tensor) -> Weighted:
        """The balanced seeding loss on the grown seeds, and the boundary loss."""
        return {
            "seed": (1.0, balanced_seed_loss(p, supervision)),
            "boundary": (self.settings.boundary, boundary_loss(p, smoothed, RATIO_CLIP)),
        }
