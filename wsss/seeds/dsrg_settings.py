"""Settings of deep seeded region growing."""

from typing import Literal

from pydantic import Field, NonNegativeFloat

from wsss.seeds.grow_settings import GrowSettings


class DsrgSettings(GrowSettings):
    """DSRG (CVPR 2018; docs/methods.md#dsrg): at every step the original seeds grow over connected
    pixels that the network is confident of.
    """

    grow: Literal["crf", "raw", "none"] = "crf"
    """probabilities that growing reads: crf, smoothed by the CRF; raw, the network's own; none, no
    growing"""
    theta_foreground: float = Field(0.85, ge=0, le=1)
    """a pixel joins a region of a class when the probability of the class is above this"""
    theta_background: float = Field(0.99, ge=0, le=1)
    """a pixel joins a region of background when the probability of background is above this"""
    boundary: NonNegativeFloat = 1.0
    """weight of the boundary loss, the KL divergence from the CRF-smoothed prediction"""
