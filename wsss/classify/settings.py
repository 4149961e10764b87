"""Settings of every classifier."""

from typing import Literal

from pydantic import Field, PositiveFloat

from wsss.nets.imagenet_head_settings import ImageNetHeadSettings
from wsss.training.settings import TrainingSettings


class ClassifierSettings(ImageNetHeadSettings, TrainingSettings):
    """The image-level classifier (docs/methods.md#cam). It trains on photos and their tags, and its
    class maps localise.
    """

    dropout: float = Field(0.5, ge=0, lt=1)
    """share of feature channels dropped before the class maps"""
    pooling: Literal["mean", "max", "lse", "top", "rank"] = "mean"
    """from a class map to a score: its mean (GAP), maximum, log-sum-exp, mean of its largest
    values, or SEC's global weighted rank pooling"""
    lse_r: PositiveFloat = 5.0
    """lse: sharpness r; small values tend to the mean, large values to the maximum"""
    top_share: float = Field(0.2, gt=0, le=1)
    """top: share of the positions, those of the largest values, that is averaged"""
    rank_decay: float = Field(0.996, gt=0, le=1)
    """rank: the j-th largest value weighs rank_decay^(j - 1); 0.996 is for 41 x 41 positions"""

    @property
    def trains_untagged(self) -> bool:
        """Whether photos without tags train, too. They are background only."""
        return False
