"""Settings of SEAM."""

from typing import Literal

from pydantic import Field, NonNegativeFloat

from wsss.classify.settings import ClassifierSettings
from wsss.training.settings import Share


class SeamSettings(ClassifierSettings):
    """SEAM (CVPR 2020; docs/methods.md#seam): equivariance between two scales of a photo, and a
    pixel correlation module.
    """

    transforms: tuple[Literal["rescale", "mirror", "rotate"], ...] = ("rescale",)
    """transforms of the second branch's photo; the first branch's maps get the same before they are
    compared"""
    branch_scale: float = Field(0.3, gt=0, le=1)
    """rescale: size of the second branch's photo relative to the crop"""
    most_degrees: float = Field(20.0, ge=0, le=180)
    """rotate: each step draws an angle from -most_degrees to most_degrees; mirror: each step tosses
    a coin"""
    er: NonNegativeFloat = 1.0
    """weight of the equivariance loss between the branches' maps"""
    er_ramp: Share = 0.0
    """share of the steps over which er rises from 0 (published: 0); without it few steps, or a
    large er, empty all maps"""
    ecr: NonNegativeFloat = 1.0
    """weight of the cross loss between each branch's maps and the other's refined maps"""
    min_pool: NonNegativeFloat = 1.0
    """weight of the loss on the least active quarter of the refined maps"""
    hard_share: float = Field(0.2, gt=0, le=1)
    """share of the largest differences that the cross loss averages"""
    affinity_channels: int = Field(192, ge=1)
    """channels that the pixel correlation module compares"""
