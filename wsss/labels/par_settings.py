"""Settings of pixel-adaptive refinement."""

from pydantic import NonNegativeInt, PositiveInt

from wsss.labels.settings import LabelSettings


class ParSettings(LabelSettings):
    """Pseudo-labels by pixel-adaptive refinement (PAMR, CVPR 2020): cheap, local, on a coarser grid
    than the photo.
    """

    dilations: tuple[PositiveInt, ...] = (1, 2, 4, 8, 12, 24)
    """distances, in cells, of the eight neighbours that a cell compares itself with"""
    iterations: NonNegativeInt = 10
    """steps"""
    stride: PositiveInt = 2
    """pixels of the photo per cell"""
