"""Settings of the methods that write labels."""

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveFloat

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
    ignore_band: NonNegativeInt = 0
    """pixels become 255 where another label is at most so many pixels away, by rows and columns"""
    smallest_piece: float = Field(0.0, ge=0, le=1)
    """connected pieces of a label with a smaller share of the photo's pixels take the label around
    them, before others become 255; 0.0005 is 94 pixels of a photo of VOC"""
    keep_tags: bool = False
    """a tag that gets no pixel takes those where it is most likely, before others become 255"""
    confidence: bool = False
    """also write, in subfolders, the probability of each pixel's label (confidence/, 8-bit grey
    PNGs) and the most likely other label (second/, label maps)"""


class CrfLabelSettings(LabelSettings, CrfSettings):
    """Pseudo-labels sharpened by a dense CRF over background and tags."""
