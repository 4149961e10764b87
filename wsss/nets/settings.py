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
    dilate: bool = True
    """dilate the layers after a stride that output_stride leaves out; IRNet's ResNet-50 does not"""
    freeze_norm: bool = True
    """keep BatchNorm statistics and affine parameters fixed"""
    freeze: tuple[str, ...] = ()
    """layers of the backbone that do not learn, such as [conv1a, "b2*"] of resnet38 or [conv1, bn1,
    layer1] of a ResNet of timm; a wrong name is answered with the names that there are"""
