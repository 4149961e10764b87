"""Settings of pixel-adaptive refinement."""

from pydantic import NonNegativeInt, PositiveInt

from wsss.labels.settings import LabelSettings


class ParSettings(LabelSettings):
    """Pseudo-labels by pixel-adaptive mask refinement (PAMR, CVPR 2020), on a coarser grid than the
    photo: cheaper than a dense CRF, and more local.
    """

    dilations: tuple[PositiveInt, ...] = (1, 2, 4, 8, 12, 24)
    """distances, in cells, at which a cell has eight neighbours each"""
    iterations: NonNegativeInt = 10
    """how many times the scores are averaged over the neighbours"""
    stride: PositiveInt = 2
    """pixels of the photo per cell"""
