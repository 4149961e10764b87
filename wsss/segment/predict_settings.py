"""Settings of predictions."""

from pydantic import NonNegativeInt, PositiveInt

from wsss.labels.settings import CrfSettings
from wsss.settings import Scales


class PredictSettings(CrfSettings):
    """Prediction: scales and mirror images, mean probability, then a dense CRF unless iterations is 0."""

    long_side: PositiveInt | None = None
    """photos are resized to this longer side before the scales; null takes them as they are"""
    scales: Scales = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
    """factors on the photo's size whose probabilities are averaged"""
    flip: bool = True
    """add the mirror image at each scale"""
    iterations: NonNegativeInt = 0
    """mean-field steps of the dense CRF on the prediction; 0 is none"""
