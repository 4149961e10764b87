"""Settings of multiple instance learning."""

from typing import Literal

from pydantic import NonNegativeInt, PositiveInt, model_validator

from wsss.classify.settings import ClassifierSettings
from wsss.training.settings import Share


class MilSettings(ClassifierSettings):
    """Multiple instance learning (Pinheiro and Collobert, CVPR 2015; docs/methods.md#mil): planes
    of scores for background and classes, pooled to scores of the photo. `pooling: lse` is theirs.
    """

    loss: Literal["softmax", "sigmoid"] = "softmax"
    """softmax (published): a photo has one label, a class or background; several tags share it
    evenly, and photos without tags train the background; sigmoid: each class by itself, against a
    background of constant score, and photos without tags do not train"""
    layers: NonNegativeInt = 3
    """3 x 3 convolutions with ReLU before the planes"""
    width: PositiveInt = 512
    """channels of each of these convolutions"""
    train_trunk: Share = 0.0
    """share of the trunk's tensors, the last ones, that learn; 0 (published) keeps it fixed"""

    @property
    def trains_untagged(self) -> bool:
        """Whether photos without tags train: only softmax has a label for them."""
        return self.loss == "softmax"

    @model_validator(mode="after")
    def _has_own_head(self) -> "MilSettings":
        if self.head_from != "random":
            raise ValueError("mil has layers of its own before its planes; set head_from: random")
        return self
