"""Settings of predictions."""

from typing import Literal

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from wsss.crf.settings import CrfSettings
from wsss.nets.inference_settings import MultiScaleSettings
from wsss.run.settings import Scales


class EveryPredictSettings(MultiScaleSettings, CrfSettings):
    """Prediction: the mean over scales and mirror images, then a dense CRF if `iterations` or `row`
    asks for one.
    """

    scales: Scales = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
    """factors on the photo's size (after long_side) whose probabilities are averaged"""
    iterations: NonNegativeInt = 0
    """most mean-field iterations of the dense CRF; 0 is no CRF; a published setting (`row` other
    than own) brings its own number"""


class PredictSettings(EveryPredictSettings):
    """Prediction by the mean probability of a segmentation network, and what else is known of the
    labels (docs/methods.md#priors).
    """

    warp: PositiveInt | None = None
    """side in pixels of the square that photos are resized to first, whatever their shape;
    long_side is not read then; published SEC: 321"""
    sum_of: Literal["probabilities", "logits", "mean_logits"] = "probabilities"
    """what is added over scales and mirror images; logits: the softmax of their sum, as published
    DSRG; mean_logits: the softmax of their mean, as SEAM's DeepLab"""
    background: PositiveFloat = 1.0
    """a factor on the background's probability; less than 1 finds more foreground"""
    tag_prior: Literal["none", "product", "foreground_first"] = "none"
    """what the classifier that the recipe names as the input `tagger` decides; product: each class
    is multiplied by the probability of its tag; foreground_first: only which class a pixel of the
    foreground has"""
