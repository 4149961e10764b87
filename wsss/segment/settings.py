"""Settings of segmentation networks."""

from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from wsss.losses.labels_settings import LabelLossSettings
from wsss.losses.multi_point_settings import MultiPointSettings
from wsss.losses.regulariser_settings import RegulariserSettings
from wsss.training.settings import Range, TrainingSettings


class DeepLabSettings(LabelLossSettings, TrainingSettings):
    """A DeepLab that is trained on label maps (docs/methods.md#deeplab). The defaults are the
    schedule of DeepLab v3+.
    """

    head: Literal["v3plus", "aspp", "largefov", "two_convs"] = "v3plus"
    """v3plus: DeepLab v3+ (segmentation-models-pytorch); aspp: DeepLab v2, four dilated branches;
    largefov: one branch; two_convs: RRM's two dilated convolutions"""
    hidden: NonNegativeInt = 0
    """channels inside each branch of aspp and largefov, where 0 goes straight to the classes, and
    of two_convs"""
    crop: PositiveInt = 512
    """side of the square training crop in pixels"""
    long_side: Range = (250, 1000)
    """each photo is resized so that its longer side is random in this range, in pixels"""
    epochs: PositiveInt = 46
    """passes over the training photos; 46 over VOC trainaug are 30,000 steps"""
    lr: PositiveFloat = 7e-3
    """learning rate of pretrained weights"""
    head_lr: PositiveFloat = 1.0
    """factor on lr for layers that start from scratch"""
    bias_lr: PositiveFloat = 1.0
    """factor on lr for biases, which get no weight decay"""
    weight_decay: NonNegativeFloat = 4e-5
    """weight decay of weights"""

    @model_validator(mode="after")
    def _fits_head(self) -> "DeepLabSettings":
        if self.head == "v3plus" and (self.output_stride == 32 or self.batch < 2):
            raise ValueError("head v3plus takes output_stride 8 or 16 and batch 2 or more")
        if self.head == "two_convs" and not self.hidden:
            raise ValueError("head two_convs has hidden channels; set hidden, such as 512")
        return self


class SegmenterSettings(RegulariserSettings, MultiPointSettings, DeepLabSettings):
    """The segmentation network that is trained on pseudo-labels (docs/methods.md#deeplab). The
    defaults are the schedule of DeepLab v3+.
    """
