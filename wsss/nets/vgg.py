"""VGG dilated as in DeepLab-LargeFOV, the trunk of SEC and DSRG (docs/methods.md#backbones).

All pools are 3 x 3 with padding 1, so 321 pixels become 41 cells at output stride 8. A 3 x 3 mean
pool follows the last max pool. Convolutions have torchvision's names, so weights of torchvision and
timm fit. The input is RGB, normalised with ImageNet's mean and standard deviation. Weights
converted from Caffe do not fit, because they need BGR in 0..255.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor, nn

DEPTHS = {
    "vgg11": (1, 1, 2, 2, 2),
    "vgg13": (2, 2, 2, 2, 2),
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}
"""convolutions of each of the five blocks"""
WIDTHS = (64, 128, 256, 512, 512)
"""channels of each block"""
FULL = 1024
"""channels of fc6 and fc7"""
NAMES = ["".join(parts) for parts in product(DEPTHS, ("", "_bn"), ("", "_fc67"))]
"""names of all networks: _bn has BatchNorm, _fc67 the layers fc6 and fc7"""
FULL_NAMES = {
    "pre_logits.fc1": "fc6",
    "classifier.0": "fc6",
    "pre_logits.fc2": "fc7",
    "classifier.3": "fc7",
}
"""fully connected layer in files of timm and torchvision -> the convolution that replaces it"""


class Vgg(nn.Module):
    """Five blocks of convolutions; with `full` channels also fc6 (3 x 3) and fc7 (1 x 1).

    At output stride 8 pools 4 and 5 have stride 1 and the last block has dilation 2; at 16 only
    pool 5 has stride 1.
    """

    default_cfg = {"mean": IMAGENET_DEFAULT_MEAN, "std": IMAGENET_DEFAULT_STD}  # noqa: RUF012

    def __init__(
        self,
        depths: tuple[int, ...],
        norm: bool,
        output_stride: int,
        full: int = 0,
        widths: tuple[int, ...] = WIDTHS,
        hub_name: str | None = None,
    ) -> None:
        super().__init__()
        self.hub_name = hub_name
        strides = (2, 2, 2, 2 if output_stride >= 16 else 1, 2 if output_stride >= 32 else 1)
        dilations = (1, 1, 1, 1, 1 if output_stride >= 16 else 2)
        layers: list[nn.Module] = []
        self.ends = []  # indices in `features` of the last layer before each pool
        for depth, width, channels, stride, dilation in zip(
            depths, widths, (3, *widths), strides, dilations
        ):
            layers += _block(depth, channels, width, norm, dilation)
            self.ends.append(len(layers) - 1)
            layers.append(nn.MaxPool2d(3, stride, padding=1))
        self.features = nn.Sequential(*layers)
        self.fc6 = nn.Conv2d(widths[-1], full, 3, padding=1) if full else None
        self.fc7 = nn.Conv2d(full, full, 1) if full else None
        self.apply(_initialise)

    def forward_intermediates(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Normalised (N, 3, H, W) -> the last map, and the maps before pools 2 to 5.

        Block 1 is left out: its map is as large as the photo, and nothing reads it.
        """
        maps = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in self.ends[1:]:
                maps.append(x)
        x = F.avg_pool2d(x, 3, stride=1, padding=1)
        if self.fc6 is not None and self.fc7 is not None:
            x = F.dropout(F.relu(self.fc6(x)), 0.5, self.training)
            x = F.relu(self.fc7(x))
        return x, maps

    def renamed(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """This network's name -> tensor, from a file of timm's or torchvision's VGG."""
        own, new = self.state_dict(), dict(state)
        for name, value in state.items():
            layer, _, leaf = name.rpartition(".")
            target = f"{FULL_NAMES.get(layer)}.{leaf}"
            if target in own:
                new[target] = decimate(value, own[target])
        return new


def build_vgg(name: str, output_stride: int) -> Vgg:
    """The VGG `name`, one of NAMES. timm's tag of weights may follow it, as in vgg16.tv_in1k."""
    architecture, _, tag = name.partition(".")
    plain = architecture.removesuffix("_fc67")
    hub_name = f"{plain}.{tag}" if tag else plain
    full = FULL if architecture.endswith("_fc67") else 0
    depths = DEPTHS[plain.removesuffix("_bn")]
    return Vgg(depths, plain.endswith("_bn"), output_stride, full, hub_name=hub_name)


def decimate(value: Tensor, like: Tensor) -> Tensor:
    """Subsample the weights of a fully connected layer to the shape of the convolution `like`.

    DeepLab turns 4096 filters of 7 x 7 into 1024 of 3 x 3: every fourth filter, and rows and
    columns 0, 3 and 6 of each. The result initialises a training; it does not compute the same as
    the original layer.
    """
    side = 7 if like.ndim == 4 and like.shape[2] == 3 else 1
    if value.ndim == 2 and like.ndim == 4 and value.shape[1] % side**2 == 0:
        value = value.view(len(value), -1, side, side)
    if value.ndim != like.ndim or any(a < b for a, b in zip(value.shape, like.shape)):
        return value  # from another network; loading will refuse its shape
    for axis, size in enumerate(like.shape):
        step = (value.shape[axis] - 1) // max(1, size - 1)
        entries = torch.arange(size) * step
        value = value.index_select(axis, entries)
    return value


def _block(depth: int, channels: int, width: int, norm: bool, dilation: int) -> list[nn.Module]:
    """`depth` convolutions of 3 x 3 from `channels` to `width` channels, each with a ReLU, and with
    BatchNorm before it if `norm`.
    """
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers.append(nn.Conv2d(channels, width, 3, padding=dilation, dilation=dilation))
        layers += [nn.BatchNorm2d(width)] if norm else []
        layers.append(nn.ReLU(inplace=True))
        channels = width
    return layers


def _initialise(module: Any) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
