"""Settings of RRM. They import no torch."""

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from wsss.nets.imagenet_head_settings import ImageNetHeadSettings
from wsss.segment.online_settings import OnlineSettings
from wsss.segment.settings import SegmenterSettings


class RrmSettings(ImageNetHeadSettings, OnlineSettings, SegmenterSettings):
    """RRM (AAAI 2020): tags and segmentation on one trunk, in one training. The network labels the
    photos that it sees by its own class maps; it reads no labels.
    """

    dropout: float = Field(0.5, ge=0, lt=1)
    """share of feature channels dropped before the class scores"""
    classify_weight: PositiveFloat = 1.0
    """weight of the loss on tags"""
    segment_weight: NonNegativeFloat = 2.0
    """weight of the loss on online labels; with balance: background, 2 is RRM's sum of two means"""

    def supervision(self) -> tuple[str, ...]:
        """What people had to annotate, in words."""
        return ("tags",)

    @model_validator(mode="after")
    def _reads_no_labels(self) -> "RrmSettings":
        if self.multi_point or self.soft == "second":
            raise ValueError(
                "the labels are made online, and have neither boxes nor second labels; leave out "
                "multi_point, and soft: second"
            )
        if self.head_from == "imagenet_or_random":
            raise ValueError("a single stage cannot choose; set head_from: imagenet or random")
        if self.regulariser == "dfr":
            raise ValueError("regulariser dfr is for trainings on labels; take another one")
        return self
