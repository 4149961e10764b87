"""Settings of predictions by a classifier."""

from pydantic import Field, PositiveInt

from wsss.segment.predict_settings import PredictSettings


class ClassMapPredictSettings(PredictSettings):
    """Prediction by a classifier's own class maps: of the tags that it finds, the largest map wins,
    or a constant background.
    """

    stride: PositiveInt = 8
    """pixels of the photo (after long_side) per cell on which the maps of all scales are summed"""
    tag_probability: float = Field(0.5, ge=0, le=1)
    """classes whose probability is below this are not predicted"""
    threshold: float = Field(0.2, ge=0, le=1)
    """constant background score against maps whose maximum is 1"""
