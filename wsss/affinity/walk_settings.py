"""Settings of the random walks."""

from pydantic import Field, PositiveFloat

from wsss.nets.inference_settings import InferenceSettings


class WalkSettings(InferenceSettings):
    """The random walk that spreads maps along affinities (methods.md 6, 7)."""

    beta: PositiveFloat = 8.0
    """power of the affinities; larger keeps the walk inside sharper borders"""
    log_steps: int = Field(6, ge=0, le=16)
    """the walk takes 2^log_steps steps"""


class PsaWalkSettings(WalkSettings):
    """PSA's: background takes part in the walk."""

    alpha: PositiveFloat = 6.0
    """power of the background of maps that have none, (1 - max)^alpha: 16 in PSA, 6 in SEAM, less
    for flatter maps"""


class IrnWalkSettings(WalkSettings):
    """IRNet's: maps suppressed at boundaries walk, and get a constant background afterwards."""

    radius: int = Field(5, ge=2)
    """cells nearer than this are neighbours in a step; a cell is 4 pixels of the photo (after
    long_side)"""
    background: float = Field(0.25, ge=0, le=1)
    """background score of maps that have none, after the walk has brought their largest value to
    1"""
