"""Settings of seed, expand and constrain."""

from pydantic import Field, NonNegativeFloat

from wsss.seeds.grow_settings import GrowSettings


class SecSettings(GrowSettings):
    """SEC (ECCV 2016; docs/methods.md#sec): seeds stay as they are. Pooled scores should fit the
    tags, and the prediction should stay close to its CRF-smoothed self.
    """

    expand: NonNegativeFloat = 1.0
    """weight of the expansion loss"""
    foreground_decay: float = Field(0.996, gt=0, le=1)
    """weight of each cell of a class relative to the next likelier one, for a grid of 41 x 41
    cells"""
    background_decay: float = Field(0.999, gt=0, le=1)
    """the same for the background"""
    boundary: NonNegativeFloat = 1.0
    """weight of the constraint loss, the divergence from the CRF-smoothed prediction"""
