"""Settings of the CAM export."""

from typing import Literal

from pydantic import PositiveInt

from wsss.nets.inference_settings import MultiScaleSettings


class ExportSettings(MultiScaleSettings):
    """CAM export: maps of all scales and mirror images are summed (docs/methods.md#cam-scales),
    then normalised (docs/methods.md#cam-normalisation).
    """

    warp: PositiveInt | None = None
    """side in pixels of the square that photos are resized to first, whatever their shape;
    long_side is not read then; published SEC and DSRG: 321"""
    stride: PositiveInt = 8
    """pixels of the photo (after long_side) per cell of the stored maps"""
    normalise: Literal["max", "minmax", "max_norm"] = "max"
    """max divides each summed map by its maximum; minmax subtracts its minimum first; max_norm does
    as minmax, at each scale as well"""
