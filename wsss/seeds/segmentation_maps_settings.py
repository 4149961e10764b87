"""Settings of the export of maps from a segmentation network."""

from typing import Literal

from pydantic import PositiveInt

from wsss.nets.inference_settings import MultiScaleSettings
from wsss.run.settings import Scales


class SegmentationMapsSettings(MultiScaleSettings):
    """Maps with background from a segmentation network, by default restricted to the photo's
    tags.
    """

    warp: PositiveInt | None = None
    """side in pixels of the square that photos are resized to first, whatever their shape;
    long_side is not read then; published DSRG: 321"""
    scales: Scales = (0.75, 1.0, 1.25)
    """factors on the photo's size (after long_side) whose probabilities are averaged"""
    only_tags: bool = True
    """whether the maps hold the photo's tags and background alone; published DSRG: false, every
    class"""
    sum_of: Literal["probabilities", "logits", "mean_logits"] = "probabilities"
    """what is added over scales and mirror images; logits: the softmax of their sum, as published
    DSRG; mean_logits: the softmax of their mean, as SEAM's DeepLab"""
    stride: PositiveInt = 8
    """pixels of the photo (after long_side) per cell of the stored maps"""

    def supervision(self) -> tuple[str, ...]:
        """What people have to know of the training photos, in words."""
        return ("tags",) if self.only_tags else ()
