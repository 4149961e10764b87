"""Settings of every classifier."""

from typing import Literal

from pydantic import Field, PositiveFloat, model_validator

from wsss.training.settings import TrainingSettings


class ClassifierSettings(TrainingSettings):
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
    head_from: Literal["random", "imagenet", "imagenet_or_random"] = "random"
    """what the head of the class maps starts from: random values, or the rows of ImageNet's own
    classifier that show each class (docs/methods.md#imagenet-head). A network without such a
    classifier is refused by imagenet, and starts from random values by imagenet_or_random"""
    hold_head: bool = False
    """with head_from: imagenet, keep ImageNet's rows fixed; classes that it does not have learn"""
    contrast: float = Field(0.5, ge=0, le=1)
    """maps by ImageNet's rows: at each position this share of the largest of all 1,000 rows is
    subtracted, so that what looks more like another class counts less"""
    imagenet_names: dict[str, tuple[str, ...]] = {}  # noqa: RUF012  (pydantic copies it)
    """names of ImageNet classes that show a class, such as {fox: [red fox, kit fox]}, where the
    built-in table and a search by name find none or wrong ones; [] says that there are none"""

    @property
    def trains_untagged(self) -> bool:
        """Whether photos without tags train, too. They are background only."""
        return False

    @model_validator(mode="after")
    def _holds_something(self) -> "ClassifierSettings":
        if self.hold_head and self.head_from != "imagenet":
            raise ValueError("hold_head keeps ImageNet's rows; set head_from: imagenet as well")
        return self
