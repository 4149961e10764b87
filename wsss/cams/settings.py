"""Settings of every export of class maps."""

from typing import Literal

from pydantic import PositiveInt

from wsss.settings import Scales, Settings


class ExportSettings(Settings):
    """CAM export: scales and mirror images, summed on a grid, then normalised (methods.md 2.4, 2.5)."""

    long_side: PositiveInt | None = None
    """photos are resized to this longer side before the scales; null takes them as they are"""
    scales: Scales = (0.5, 1.0, 1.5, 2.0)
    """factors on the photo's size whose maps are summed"""
    flip: bool = True
    """add the mirror image at each scale"""
    stride: PositiveInt = 8
    """pixels of the photo (after long_side) per cell of the stored maps"""
    normalise: Literal["max", "minmax"] = "max"
    """max divides each map by its maximum; minmax also brings its minimum to 0"""
