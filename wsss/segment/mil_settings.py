"""Settings of predictions by multiple instance learning."""

from typing import Literal

from pydantic import Field, PositiveInt, model_validator

from wsss.segment.predict_settings import EveryPredictSettings
from wsss.training.settings import Share


class MilPredictSettings(EveryPredictSettings):
    """Prediction by the planes of a classifier `mil` (docs/methods.md#mil): the probability of each
    label at a pixel times that of the label in the photo, then a smoothing prior.
    """

    stride: PositiveInt = 8
    """pixels of the photo (after long_side) per cell of the grid on which planes are averaged"""
    tag_prior: Literal["none", "product"] = "product"
    """product (published): probabilities are multiplied by those of the labels in the photo, which
    are pooled from the same planes"""
    threshold: Share = 0.2
    """classes below this become background"""
    thresholds: dict[str, Share] = Field(default_factory=dict)
    """class -> its own threshold, such as {cat: 0.3}"""
    smoothing: Literal["none", "superpixels", "segments", "boxes"] = "none"
    """superpixels: each takes one label; segments: the largest regions that pass the threshold take
    a label, in a hierarchy of merged superpixels; boxes: classes are kept in boxes around their
    likely pixels"""
    in_superpixels: Literal["mean", "vote"] = "mean"
    """superpixels: the label of the mean probabilities, or the label of most pixels"""
    largest_segment: Share = 0.5
    """segments: share of the photo above which a region is not taken as a whole"""
    box_threshold: Share = 0.5
    """boxes: pixels of a class at or above this span its boxes, in which `threshold` decides"""

    @property
    def needs_superpixels(self) -> bool:
        """Whether the smoothing prior reads superpixels."""
        return self.smoothing in ("superpixels", "segments")

    @model_validator(mode="after")
    def _boxes_start_high(self) -> "MilPredictSettings":
        if self.smoothing == "boxes" and self.box_threshold < self.threshold:
            raise ValueError("boxes are decided by the lower threshold; raise box_threshold")
        return self
