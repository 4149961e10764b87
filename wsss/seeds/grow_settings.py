"""Settings that all trainings on seeds share."""

from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from wsss.training.settings import Range, Share, TrainingSettings


class GrowSettings(TrainingSettings):
    """A segmentation network trained on seeds (docs/methods.md#sec, docs/methods.md#dsrg):
    DeepLab's ASPP or LargeFOV on any trunk.
    """

    head: Literal["aspp", "largefov"] = "aspp"
    """aspp: four dilated branches, summed (DSRG); largefov: one branch (SEC)"""
    hidden: NonNegativeInt = 1024
    """channels inside each branch of the head; 0 goes straight to the classes"""
    grid_stride: PositiveInt = 8
    """input pixels per cell of the grid of losses, CRF and growing"""
    output_stride: Literal[8, 16, 32] = 8
    """input pixels per cell of the last feature map; logits are interpolated to the grid"""
    crop: PositiveInt = 321
    """side of the square training crop in pixels"""
    long_side: Range = (321, 500)
    """each photo is resized so that its longer side is random in this range, in pixels"""
    jitter: Share = 0.0
    """strength of brightness, contrast and saturation jitter; hue gets a third of it; 0 turns it
    off"""
    epochs: PositiveInt = 15
    """passes over the training photos; 15 over VOC trainaug are 8,000 steps"""
    batch: PositiveInt = 20
    """photos per step"""
    lr: PositiveFloat = 5e-4
    """learning rate of pretrained weights"""
    gaussian_xy: PositiveFloat = 0.25
    """CRF on the grid: deviation of the smoothness kernel in cells (3 pixels / 12)"""
    gaussian_weight: NonNegativeFloat = 3.0
    """CRF on the grid: weight of the smoothness kernel"""
    bilateral_xy: PositiveFloat = 6.67
    """CRF on the grid: deviation of the appearance kernel in cells (80 pixels / 12)"""
    bilateral_rgb: PositiveFloat = 13.0
    """CRF on the grid: deviation of the appearance kernel in colour levels"""
    bilateral_weight: NonNegativeFloat = 10.0
    """CRF on the grid: weight of the appearance kernel"""
    iterations: PositiveInt = 10
    """CRF on the grid: mean-field steps"""
    unary: Literal["log_probability", "probability"] = "log_probability"
    """unary energy of the CRF: -log p, or -p as in DSRG's code, which smooths far more"""
