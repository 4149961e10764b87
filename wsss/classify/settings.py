"""Settings that every classifier has."""

from typing import Literal

from pydantic import Field, PositiveFloat

from wsss.training.settings import TrainingSettings


class ClassifierSettings(TrainingSettings):
    """The classifier: photos and their tags in, a network whose class maps localise out (methods.md
    2.2, 2.3).
    """

    dropout: float = Field(0.5, ge=0, lt=1)
    """share of feature channels dropped before the class maps"""
    pooling: Literal["mean", "max", "lse", "top", "rank"] = "mean"
    """how a class map becomes a score: its mean (GAP), maximum, log-sum-exp, mean of its largest,
    or weighted ranks (SEC)"""
    lse_r: PositiveFloat = 5.0
    """sharpness of lse: towards 0 the mean, large the maximum"""
    top_share: float = Field(0.2, gt=0, le=1)
    """share of the positions that top averages"""
    rank_decay: float = Field(0.996, gt=0, le=1)
    """weight of each position relative to the next larger one, for rank; 0.996 is for 41 x 41
    positions"""
