"""Settings of predictions."""

from pydantic import NonNegativeInt

from wsss.crf.settings import CrfSettings
from wsss.nets.inference_settings import MultiScaleSettings
from wsss.run.settings import Scales


class PredictSettings(MultiScaleSettings, CrfSettings):
    """Prediction: the mean probability over scales and mirror images, then a dense CRF if
    `iterations` or `row` asks for one.
    """

    scales: Scales = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
    """factors on the photo's size (after long_side) whose probabilities are averaged"""
    iterations: NonNegativeInt = 0
    """most mean-field iterations of the dense CRF; 0 is no CRF; a published setting (`row` other
    than own) brings its own number"""
