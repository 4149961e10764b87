"""Settings of the methods that write labels."""

from typing import Literal

from pydantic import Field, PositiveFloat

from wsss.crf.settings import CrfSettings
from wsss.run.settings import Settings


class LabelSettings(Settings):
    """Pseudo-labels: at each pixel the most likely of background and tags."""

    background: Literal["power", "constant", "saliency"] = "power"
    """background of maps without one: power, (1 - max)^alpha; constant, the threshold; saliency,
    1 - saliency (in a recipe with saliency)"""
    alpha: PositiveFloat = 4.0
    """power of the background; a larger one gives less background"""
    threshold: float = Field(0.2, ge=0, le=1)
    """score of the constant background, against maps whose maximum is 1"""
    ignore_below: float = Field(0.0, ge=0, le=1)
    """pixels whose most likely label has a lower probability become 255 (ignore)"""
    ignore_between: tuple[PositiveFloat, PositiveFloat] | None = None
    """two powers of the background, such as [4, 24], for maps without background: pixels whose
    label differs between the two become 255; the other settings of the background do not count"""
    confidence: bool = False
    """also write the probability of each pixel's label, as 8-bit grey PNGs in a subfolder
    confidence/"""


class CrfLabelSettings(LabelSettings, CrfSettings):
    """Pseudo-labels sharpened by a dense CRF over background and tags."""
