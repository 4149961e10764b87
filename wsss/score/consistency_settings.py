"""Settings of a classifier's own score."""

from wsss.nets.inference_settings import MultiScaleSettings
from wsss.run.settings import Scales


class ConsistencySettings(MultiScaleSettings):
    """A classifier's score: average precision of the tags, and how much its class maps change when
    the photo is transformed.
    """

    scales: Scales = (0.5, 1.5, 2.0)
    """factors on the photo's size whose maps are compared with those of the photo itself"""
