"""Seed, expand and constrain (SEC, ECCV 2016; docs/methods.md#sec): three losses on seeds that stay
as they are.
"""

from torch import Tensor

from wsss.losses.seed import boundary_loss, expand_loss, seed_loss
from wsss.seeds.seeded_task import SeededTask, Weighted


class Sec(SeededTask):
    """A training task: `network` (logits over background and classes) and `loss` on seeds as label
    maps.
    """

    def losses(self, p: Tensor, smoothed: Tensor, supervision: Tensor, tags: Tensor) -> Weighted:
        """Seed loss, expansion to the photo's tags, and the constraint to the CRF-smoothed
        prediction, not clipped.
        """
        s = self.settings
        return {
            "seed": (1.0, seed_loss(p, supervision)),
            "expand": (s.expand, expand_loss(p, tags, s.foreground_decay, s.background_decay)),
            "boundary": (s.boundary, boundary_loss(p, smoothed, clip=None)),
        }
