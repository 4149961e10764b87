"""Settings of SEAM."""

from typing import Literal

from pydantic import Field, NonNegativeFloat

from wsss.classify.settings import ClassifierSettings
from wsss.training.settings import Share


class SeamSettings(ClassifierSettings):
    """SEAM (CVPR 2020; methods.md 8): equivariance between two scales of a photo, and a pixel
    correlation module.
    """

    transforms: tuple[Literal["rescale", "mirror", "rotate"], ...] = ("rescale",)
    """what is done to the second branch's photo, and to the first branch's maps before they are
    compared"""
    branch_scale: float = Field(0.3, gt=0, le=1)
    """rescale: size of the second branch's photo relative to the crop"""
    most_degrees: float = Field(20.0, ge=0, le=180)
    """rotate: a step's angle is drawn from -most_degrees to most_degrees; mirror is a coin's
    toss"""
    er: NonNegativeFloat = 1.0
    """weight of the equivariance loss between the branches' maps"""
    er_ramp: Share = 0.0
    """share of the steps over which er rises from 0 (published: 0); few steps or a large er empty
    all maps without it"""
    ecr: NonNegativeFloat = 1.0
    """weight of the cross loss between each branch's maps and the other's refined maps"""
    min_pool: NonNegativeFloat = 1.0
    """weight of the loss on the least active quarter of the refined maps"""
    hard_share: float = Field(0.2, gt=0, le=1)
    """share of the largest differences that the cross loss averages"""
    affinity_channels: int = Field(192, ge=1)
    """channels that the pixel correlation module compares"""
