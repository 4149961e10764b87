"""Settings of seed makers."""

from typing import Literal

from pydantic import Field

from wsss.run.settings import Settings


class SeedSettings(Settings):
    """Seeds by thresholds (docs/methods.md#seeds): strong class scores, and weak saliency or weak
    class scores.
    """

    foreground: float = Field(0.2, ge=0, le=1)
    """a pixel seeds its class if its largest class score is above this share of that map's
    maximum"""
    background: float = Field(0.06, ge=0, le=1)
    """a pixel seeds background if its saliency is below this; in a recipe without saliency, if its
    largest class score is"""
    conflict: Literal["foreground", "background", "none"] = "foreground"
    """which seed a pixel gets that passes both thresholds; none leaves it without a seed"""
