"""Settings of the random walk."""

from pydantic import NonNegativeInt, PositiveFloat

from wsss.nets.inference_settings import InferenceSettings


class WalkSettings(InferenceSettings):
    """The random walk that spreads maps along affinities (methods.md 6)."""

    alpha: PositiveFloat = 6.0
    """power of the background of maps that have none, (1 - max)^alpha: 16 in PSA, 6 in SEAM, less for flatter maps"""
    beta: PositiveFloat = 8.0
    """power of the affinities; larger keeps the walk inside sharper borders"""
    log_steps: NonNegativeInt = 6
    """the walk takes 2^log_steps steps"""
