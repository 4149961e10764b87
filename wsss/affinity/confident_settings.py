"""Settings of the confident areas that affinities learn from."""

from pydantic import Field, PositiveFloat

from wsss.crf.settings import CrfSettings


class ConfidentSettings(CrfSettings):
    """Confident areas of maps after a dense CRF (methods.md 6, 7); all else is ignored by the
    affinity's loss.
    """

    foreground_above: float = Field(0.85, ge=0, le=1)
    """for maps with background: a class is confident where its probability after the CRF is above
    this"""
    background_above: float = Field(0.95, ge=0, le=1)
    """for maps with background: background is confident where its probability after the CRF is
    above this"""


class PsaConfidentSettings(ConfidentSettings):
    """PSA's: what wins against a strong background is a class, what loses to a weak one is
    background.
    """

    alpha_low: PositiveFloat = 4.0
    """for maps without background: classes that win against (1 - max)^alpha_low are confident"""
    alpha_high: PositiveFloat = 24.0
    """for maps without background: background that wins with (1 - max)^alpha_high is confident"""


class IrnConfidentSettings(ConfidentSettings):
    """IRNet's: as PSA's with constant backgrounds, and labels instead of scores go into the CRF."""

    class_above: float = Field(0.3, ge=0, le=1)
    """for maps without background: classes that win against this constant are confident after the
    CRF"""
    background_below: float = Field(0.05, ge=0, le=1)
    """for maps without background: background that wins with this constant is confident after the
    CRF"""
    certainty: float = Field(0.7, gt=0, lt=1)
    """probability of each pixel's label that the CRF starts from; the other labels share the
    rest"""
