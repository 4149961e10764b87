"""Settings that all trainings of several tasks share."""

from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from wsss.training.settings import Range, Share, TrainingSettings


class MultitaskSettings(TrainingSettings):
    """A network of three tasks, trained on tags, saliency and labels (docs/methods.md#auxsegnet).
    The defaults are AuxSegNet's schedule of one round.
    """

    output_stride: Literal[8, 16, 32] = 8
    """input pixels per cell of the last feature map, on which the affinities are"""
    crop: PositiveInt = 321
    """side of the square training crop in pixels"""
    long_side: Range = (350, 650)
    """each photo is resized so that its longer side is random in this range, in pixels; 0.7 to 1.3
    times that of VOC's photos"""
    jitter: Share = 0.0
    """strength of brightness, contrast and saturation jitter; hue gets a third of it; 0 turns it
    off"""
    epochs: PositiveInt = 15
    """passes over the training photos"""
    batch: PositiveInt = 4
    """photos per step"""
    optimiser: Literal["sgd", "sgd_published", "adamw"] = "sgd_published"
    """sgd has momentum 0.9; sgd_published has the weight decay as momentum, so here none"""
    lr: PositiveFloat = 7e-4
    """learning rate of pretrained weights"""
    bias_lr: PositiveFloat = 1.0
    """factor on lr for biases, which get no weight decay"""
    weight_decay: NonNegativeFloat = 0.0
    """weight decay of weights; the published 1e-5 has no effect"""
    padding: Literal["ignore", "background"] = "ignore"
    """what the padding around photos that are smaller than the crop is: it trains nothing, or it is
    background and not salient, as published"""
