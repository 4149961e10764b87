"""Settings of seed makers."""

from typing import Literal

from pydantic import Field

from wsss.run.settings import Settings


class SeedSettings(Settings):
    """Seeds by thresholds (methods.md 4, 5): strong class scores, and weak saliency or weak class
    scores.
    """

    foreground: float = Field(0.2, ge=0, le=1)
    """a pixel whose largest class score is above this share of that map's maximum seeds its
    class"""
    background: float = Field(0.06, ge=0, le=1)
    """a pixel whose saliency (in a recipe without saliency: its largest class score) is below this
    seeds background"""
    conflict: Literal["foreground", "background", "none"] = "foreground"
    """who gets a pixel that passes both thresholds; none leaves it without a seed"""
