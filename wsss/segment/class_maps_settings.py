"""Settings of segmentation by a classifier."""

from pydantic import Field, PositiveInt

from wsss.segment.predict_settings import EveryPredictSettings


class ClassMapPredictSettings(EveryPredictSettings):
    """Prediction by the class maps of a classifier: at each pixel the largest of a constant
    background and the maps of the tags that it predicts.
    """

    stride: PositiveInt = 8
    """pixels of the photo (after long_side) per cell of the grid on which the maps of all scales
    are summed"""
    tag_probability: float = Field(0.5, ge=0, le=1)
    """classes whose probability is below this are not predicted"""
    threshold: float = Field(0.2, ge=0, le=1)
    """score of the constant background, against maps whose maximum is 1"""
