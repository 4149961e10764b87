"""Settings of the multi-point loss. They import no torch."""

from pydantic import NonNegativeFloat, PositiveInt

from wsss.run.settings import Settings

BOXES = "boxes"
"""subfolder of a folder of labels: the boxes of each photo, JSON; also the name of their target"""


class MultiPointSettings(Settings):
    """The multi-point loss on boxes (docs/methods.md#multi-point-loss)."""

    multi_point: NonNegativeFloat = 0.0
    """weight of the loss by which every row and column of a box has a pixel of its class; it needs
    labels: boxes with keep_boxes: true"""
    multi_point_boxes: PositiveInt = 12
    """so many boxes of a photo count for that loss, the largest first"""
