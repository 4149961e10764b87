"""Settings of the factors that make a network predict each label as often as its pseudo-labels have
it.
"""

from typing import Literal

from pydantic import Field, PositiveInt

from wsss.nets.inference_settings import MultiScaleSettings
from wsss.run.settings import Scales


class PriorShiftSettings(MultiScaleSettings):
    """Factors on the labels, with which a network predicts each label on the photos of `tune` as
    often as their pseudo-labels have it (docs/methods.md#priors). No mask is read.
    """

    scales: Scales = (1.0,)
    """factors on the photo's size (after long_side) whose probabilities are averaged"""
    stride: PositiveInt = 8
    """pixels of the photo (after long_side) per cell; shares are counted over cells"""
    shift: Literal["all", "background"] = "all"
    """all: a factor for every label; background: one factor of the background against all
    classes"""
    most_cells: int = Field(2_000_000, ge=1000)
    """of more cells an even sample of at most this many is kept in memory"""
