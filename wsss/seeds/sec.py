"""Seed, expand and constrain (SEC, ECCV 2016; docs/methods.md#sec): the seeding, expansion and
constrain-to-boundary losses on fixed seeds.
"""

from torch import Tensor

from wsss.losses.seed import boundary_loss, expand_loss, seed_loss
from wsss.seeds.seeded_task import SeededTask, Weighted


class Sec(SeededTask):
    """SEC as a training task (wsss.training.loop.Task) on seeds, given as label maps."""

    def losses(self, p: Tensor, smoothed: Tensor, supervision: Tensor, tags: Tensor) -> Weighted:
        """The seeding loss, the expansion loss (global weighted rank pooling against the tags), and
        the constrain-to-boundary loss (KL divergence from the CRF-smoothed prediction, without
        DSRG's clipping).
        """
        s = self.settings
        return {
            "seed": (1.0, seed_loss(p, supervision)),
            "expand": (s.expand, expand_loss(p, tags, s.foreground_decay, s.background_decay)),
            "boundary": (s.boundary, boundary_loss(p, smoothed, clip=None)),
        }
