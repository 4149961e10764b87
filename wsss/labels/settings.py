"""Settings of label writers."""

from typing import Literal

from pydantic import Field, PositiveFloat

from wsss.crf.settings import CrfSettings
from wsss.run.settings import Settings


class LabelSettings(Settings):
    """Pseudo-labels: the largest score of background and tags at each pixel."""

    background: Literal["power", "constant", "saliency"] = "power"
    """background of maps that have none: (1 - max)^alpha, the threshold, or 1 - saliency (in a
    recipe with saliency)"""
    alpha: PositiveFloat = 4.0
    """power of the background; larger is less background"""
    threshold: float = Field(0.2, ge=0, le=1)
    """constant background score, for maps whose maximum is 1"""
    ignore_below: float = Field(0.0, ge=0, le=1)
    """pixels whose winning probability is smaller become 255 (ignore)"""
    ignore_between: tuple[PositiveFloat, PositiveFloat] | None = None
    """two powers of the background, such as [4, 24], for maps without background: pixels whose
    label differs between the two become 255"""
    confidence: bool = False
    """also write each pixel's winning probability, as 8-bit grey PNGs in a subfolder confidence/"""


class CrfLabelSettings(LabelSettings, CrfSettings):
    """Pseudo-labels sharpened by a dense CRF over the labels present."""
