"""Settings of AuxSegNet."""

from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from wsss.multitask.settings import MultitaskSettings
from wsss.training.settings import Share


class AuxSegNetSettings(MultitaskSettings):
    """AuxSegNet (ICCV 2021): classification, saliency and segmentation on one trunk, and an
    affinity of the last two that refines both.
    """

    classify_weight: NonNegativeFloat = 1.0
    """weight of the classification loss; 0 leaves the task out"""
    saliency_weight: NonNegativeFloat = 1.0
    """weight of the two saliency losses; 0 leaves the task out"""
    segment_weight: PositiveFloat = 1.0
    """weight of the two segmentation losses"""
    affinity: Literal["cross", "segmentation", "saliency", "none"] = "cross"
    """what refines the masks: the affinity that is fused of both tasks, that of one task, or
    nothing"""
    hidden: PositiveInt = 128
    """channels of the two dense heads and of what is compared"""
    dropout: float = Field(0.5, ge=0, lt=1)
    """share of feature channels dropped before the class scores"""
    salient_above: Share = 0.5
    """a pixel is salient in the saliency loss if its map is above this"""
    fusion_lr: PositiveFloat = 1.0
    """factor on lr for the layers that fuse the affinities; other new layers have head_lr"""

    @model_validator(mode="after")
    def _has_tasks(self) -> "AuxSegNetSettings":
        if not self.saliency_weight and self.affinity in ("cross", "saliency"):
            raise ValueError(
                f"affinity '{self.affinity}' needs the saliency task; set affinity: segmentation "
                "or saliency_weight above 0"
            )
        return self
