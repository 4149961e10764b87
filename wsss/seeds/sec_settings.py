"""Settings of seed, expand and constrain."""

from pydantic import Field, NonNegativeFloat

from wsss.seeds.grow_settings import GrowSettings


class SecSettings(GrowSettings):
    """SEC (ECCV 2016; docs/methods.md#sec): the seeding, expansion and constrain-to-boundary losses
    on fixed seeds.
    """

    expand: NonNegativeFloat = 1.0
    """weight of the expansion loss"""
    foreground_decay: float = Field(0.996, gt=0, le=1)
    """decay of the global weighted rank pooling of classes: the j-th largest probability weighs
    foreground_decay^(j - 1); the default is for a grid of 41 x 41 cells"""
    background_decay: float = Field(0.999, gt=0, le=1)
    """decay of that pooling for the background"""
    boundary: NonNegativeFloat = 1.0
    """weight of the constrain-to-boundary loss, the KL divergence from the CRF-smoothed
    prediction"""
