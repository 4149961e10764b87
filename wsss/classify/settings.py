"""Settings that every classifier has."""

from typing import Literal

from pydantic import Field, PositiveFloat

from wsss.training.settings import TrainingSettings


class ClassifierSettings(TrainingSettings):
    """The image-level classifier (docs/methods.md#cam). It trains on photos and their tags, and its
    class maps localise.
    """

    dropout: float = Field(0.5, ge=0, lt=1)
    """share of feature channels dropped before the class maps"""
    pooling: Literal["mean", "max", "lse", "top", "rank"] = "mean"
    """how a class map becomes a score: its mean (GAP), maximum, log-sum-exp, mean of its largest,
    or weighted ranks (SEC)"""
    lse_r: PositiveFloat = 5.0
    """lse: sharpness; it tends to the mean towards 0, and to the maximum for large values"""
    top_share: float = Field(0.2, gt=0, le=1)
    """top: share of the positions that are averaged"""
    rank_decay: float = Field(0.996, gt=0, le=1)
    """rank: weight of each position relative to the next larger one; 0.996 is for 41 x 41
    positions"""
