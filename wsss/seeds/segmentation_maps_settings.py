"""Settings of the export of maps from a segmentation network."""

from pydantic import PositiveInt

from wsss.nets.inference_settings import MultiScaleSettings
from wsss.run.settings import Scales


class SegmentationMapsSettings(MultiScaleSettings):
    """Maps with background from a segmentation network, restricted to the photo's tags."""

    scales: Scales = (0.75, 1.0, 1.25)
    """factors on the photo's size (after long_side) whose probabilities are averaged"""
    stride: PositiveInt = 8
    """pixels of the photo (after long_side) per cell of the stored maps"""
