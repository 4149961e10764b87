"""Settings of segmentation networks."""

from typing import Literal

from pydantic import NonNegativeInt, PositiveInt

from wsss.training.settings import Range, TrainingSettings


class SegmenterSettings(TrainingSettings):
    """The segmentation network that retrains on pseudo-labels (methods.md 16); defaults are DeepLab v3+'s schedule."""

    head: Literal["v3plus", "aspp"] = "v3plus"
    """v3plus is DeepLab v3+ (segmentation-models-pytorch); aspp is DeepLab v2: dilated branches, summed"""
    hidden: NonNegativeInt = 0
    """channels inside each aspp branch; 0 goes straight to the classes"""
    crop: PositiveInt = 512
    """side of the square training crop in pixels"""
    long_side: Range = (250, 1000)
    """each photo is resized so that its longer side is drawn from this range, in pixels"""
    epochs: PositiveInt = 46
    """passes over the training photos; 46 over VOC trainaug are 30,000 steps"""
    lr: float = 7e-3
    """learning rate of pretrained weights"""
    head_lr: float = 1.0
    """factor on lr for layers that start from scratch"""
    bias_lr: float = 1.0
    """factor on lr for biases, which get no weight decay"""
    weight_decay: float = 4e-5
    """weight decay of weights"""
