"""Settings of SEAM."""

from pydantic import Field, NonNegativeFloat

from wsss.classify.settings import ClassifierSettings


class SeamSettings(ClassifierSettings):
    """SEAM (CVPR 2020; methods.md 8): equivariance between two scales of a photo, and a pixel correlation module."""

    branch_scale: float = Field(0.3, gt=0, lt=1)
    """size of the second branch's photo relative to the crop"""
    er: NonNegativeFloat = 1.0
    """weight of the equivariance loss between the branches' maps"""
    ecr: NonNegativeFloat = 1.0
    """weight of the cross loss between each branch's maps and the other's refined maps"""
    min_pool: NonNegativeFloat = 1.0
    """weight of the loss on the least active quarter of the refined maps"""
    hard_share: float = Field(0.2, gt=0, le=1)
    """share of the largest differences that the cross loss averages"""
    affinity_channels: int = Field(192, ge=1)
    """channels that the pixel correlation module compares"""
