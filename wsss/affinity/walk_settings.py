"""Settings of the random walks."""

from pydantic import Field, PositiveFloat

from wsss.nets.inference_settings import InferenceSettings


class WalkSettings(InferenceSettings):
    """The random walk that spreads maps along affinities (docs/methods.md#psa,
    docs/methods.md#irnet).
    """

    beta: PositiveFloat = 8.0
    """power of the affinities; a larger one holds the walk back at weaker borders"""
    log_steps: int = Field(6, ge=0, le=16)
    """the walk takes 2^log_steps steps"""


class PsaWalkSettings(WalkSettings):
    """PSA's walk: the background walks with the classes."""

    alpha: PositiveFloat = 6.0
    """maps without background get (1 - max)^alpha; 16 in PSA, 6 in SEAM, less for flatter maps"""


class IrnWalkSettings(WalkSettings):
    """IRNet's walk starts from maps times (1 - boundary). They get a constant background
    afterwards.
    """

    radius: int = Field(5, ge=2)
    """cells nearer than this are neighbours in a step; a cell is 4 pixels of the photo (after
    long_side)"""
    background: float = Field(0.25, ge=0, le=1)
    """background of maps without one: this constant, against scores that the walk left and that are
    divided by their largest value"""
