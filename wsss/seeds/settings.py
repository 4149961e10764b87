"""Settings of the methods that make seeds."""

from typing import Literal

from pydantic import Field

from wsss.run.settings import Settings


class SeedSettings(Settings):
    """Seeds by thresholds (docs/methods.md#seeds): classes where their scores are high, background
    where the saliency, or else every class score, is low.
    """

    foreground: float = Field(0.2, ge=0, le=1)
    """a pixel is a seed of the class with its largest score, if that score is above this share of
    the maximum of the class map"""
    background: float = Field(0.06, ge=0, le=1)
    """a pixel is a seed of background if its saliency is below this; in a recipe without saliency,
    if its largest class score is"""
    conflict: Literal["foreground", "background", "none"] = "foreground"
    """which seed a pixel becomes that passes both thresholds; none leaves it without a label"""
