"""Settings of the confident areas that affinities learn from."""

from pydantic import Field, PositiveFloat, PositiveInt

from wsss.crf.settings import CrfSettings


class ConfidentSettings(CrfSettings):
    """The pixels whose label is certain after a dense CRF (docs/methods.md#psa,
    docs/methods.md#irnet). An affinity network learns from these alone.
    """

    foreground_above: float = Field(0.85, ge=0, le=1)
    """maps with background: a class is certain where its probability after the CRF is above this"""
    background_above: float = Field(0.95, ge=0, le=1)
    """maps with background: background is certain where its probability after the CRF is above
    this"""


class PsaConfidentSettings(ConfidentSettings):
    """PSA's: a class that wins against a strong background is certain. Background that wins as a
    weak one is certain too.
    """

    alpha_low: PositiveFloat = 4.0
    """maps without background: power of the strong background, (1 - max)^alpha_low, in a CRF run of
    its own; a class that wins there is certain"""
    alpha_high: PositiveFloat = 24.0
    """maps without background: power of the weak background, (1 - max)^alpha_high, in a second CRF
    run; background that wins there is certain"""
    window: PositiveInt = 1
    """maps without background: side in pixels of the square over which the probabilities of each
    CRF run are averaged around a pixel, before its label is decided; published: 8, a cell of the
    affinities"""


class IrnConfidentSettings(ConfidentSettings):
    """IRNet's: the strong and the weak background are constants, and the CRF starts from the label
    that wins at each pixel.
    """

    class_above: float = Field(0.3, ge=0, le=1)
    """maps without background: score of the strong background, in a CRF run of its own; a class
    that wins there is certain"""
    background_below: float = Field(0.05, ge=0, le=1)
    """maps without background: score of the weak background, in a second CRF run; background is
    certain where it wins in both runs"""
    certainty: float = Field(0.7, gt=0, lt=1)
    """probability of each pixel's label that the CRF starts from; the other labels share the
    rest"""
