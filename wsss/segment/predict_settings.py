"""Settings of predictions."""

from pydantic import NonNegativeInt

from wsss.crf.settings import CrfSettings
from wsss.nets.inference_settings import MultiScaleSettings
from wsss.run.settings import Scales


class PredictSettings(MultiScaleSettings, CrfSettings):
    """Prediction: the mean probability over scales and mirror images, then a dense CRF unless
    iterations is 0.
    """

    scales: Scales = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
    """factors on the photo's size (after long_side) whose probabilities are averaged"""
    iterations: NonNegativeInt = 0
    """largest number of mean-field steps of the dense CRF; 0 means no CRF, unless `row` names the
    parameters of a published one"""
