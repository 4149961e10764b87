"""Settings of the update of class maps and saliency by a network's own affinity."""

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat

from wsss.crf.settings import CrfSettings
from wsss.nets.inference_settings import InferenceSettings
from wsss.training.settings import Share


class CrossAffinitySettings(InferenceSettings, CrfSettings):
    """AuxSegNet's update between two rounds (docs/methods.md#auxsegnet): class maps and saliency,
    refined by the affinity that the network has learned. The CRF is that of the saliency.
    """

    rescale: bool = False
    """divide refined class maps by their maximum again; published AuxSegNet does not"""
    original_share: Share = 0.5
    """share of the original saliency in the mean with the network's own"""
    temperature: PositiveFloat = 1.05
    """tau of the unary energies of the CRF, -log p / (tau sigmoid(p))"""
    bilateral_xy: PositiveFloat = 60.0
    """deviation of the appearance kernel in pixels"""
    bilateral_rgb: PositiveFloat = 5.0
    """deviation of the appearance kernel in colour levels"""
    bilateral_weight: NonNegativeFloat = 5.0
    """weight of the appearance kernel"""
    iterations: NonNegativeInt = 1
    """largest number of mean-field iterations; 0 leaves out the CRF"""
