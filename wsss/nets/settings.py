"""Settings of a trunk."""

from typing import Literal

from wsss.run.settings import Settings, UserPath


class TrunkSettings(Settings):
    """The pretrained network that features come from."""

    backbone: str = "resnet101"
    """a CNN, ViT or Swin of timm, vgg16, vgg16_fc67 or resnet38 (docs/backbones.md);
    tf_efficientnet_lite0 (1, 2) needs no download"""
    weights: UserPath = "imagenet"
    """imagenet, none, or the path of a file with the trunk's weights"""
    output_stride: Literal[8, 16, 32] = 16
    """input pixels per cell of the last feature map; a ViT needs its patch size, Swin 32"""
    freeze_norm: bool = True
    """keep BatchNorm statistics and affine parameters fixed"""
