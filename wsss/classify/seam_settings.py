"""Settings of SEAM."""

from typing import Literal

from pydantic import Field, NonNegativeFloat

from wsss.classify.settings import ClassifierSettings
from wsss.training.settings import Share


class SeamSettings(ClassifierSettings):
    """SEAM (CVPR 2020; docs/methods.md#seam): CAMs that are equivariant to a transform of the
    photo, and a pixel correlation module.
    """

    transforms: tuple[Literal["rescale", "mirror", "rotate"], ...] = ("rescale",)
    """transforms of the second branch's photo, applied to the first branch's maps too before they
    are compared; mirror acts in half of the training steps"""
    branch_scale: float = Field(0.3, gt=0, le=1)
    """rescale: size of the second branch's photo relative to the crop"""
    most_degrees: float = Field(20.0, ge=0, le=180)
    """rotate: each training step samples an angle from -most_degrees to most_degrees"""
    er: NonNegativeFloat = 1.0
    """weight of L_ER, the equivariance loss between the branches' CAMs"""
    er_ramp: Share = 0.0
    """share of the training over which er rises linearly from 0 (published: 0); without it, a short
    training or a large er empties all maps"""
    ecr: NonNegativeFloat = 1.0
    """weight of L_ECR, the loss between each branch's CAMs and the other branch's refined CAMs"""
    min_pool: NonNegativeFloat = 1.0
    """weight of the min-pool loss, the mean of the lowest quarter of the refined maps"""
    hard_share: float = Field(0.2, gt=0, le=1)
    """share of the differences, the largest ones, that L_ECR averages"""
    affinity_channels: int = Field(192, ge=1)
    """channels of the features that the pixel correlation module compares"""
