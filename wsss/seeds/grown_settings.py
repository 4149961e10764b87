"""Settings of the export of maps from a network trained on seeds."""

from pydantic import PositiveInt

from wsss.settings import Scales, Settings


class GrownSettings(Settings):
    """Maps with background from a network trained on seeds, restricted to the photo's tags."""

    long_side: PositiveInt | None = None
    """photos are resized to this longer side before the scales; null takes them as they are"""
    scales: Scales = (0.75, 1.0, 1.25)
    """factors on the photo's size whose probabilities are averaged"""
    flip: bool = True
    """add the mirror image at each scale"""
    stride: PositiveInt = 8
    """pixels of the photo (after long_side) per cell of the stored maps"""
