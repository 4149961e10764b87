"""Settings of the sure areas that affinities learn from."""

from pydantic import Field, PositiveFloat

from wsss.labels.settings import CrfSettings


class SureSettings(CrfSettings):
    """Sure areas of maps after a dense CRF (methods.md 6); all else is ignored by the affinity's loss."""

    alpha_low: PositiveFloat = 4.0
    """for maps without background: classes that win against (1 - max)^alpha_low are sure"""
    alpha_high: PositiveFloat = 24.0
    """for maps without background: background that wins with (1 - max)^alpha_high is sure"""
    sure_foreground: float = Field(0.85, ge=0, le=1)
    """for maps with background: a class is sure where its probability after the CRF is above this"""
    sure_background: float = Field(0.95, ge=0, le=1)
    """for maps with background: background is sure where its probability after the CRF is above this"""
