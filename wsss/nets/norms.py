"""BatchNorm that is in eval mode as part of the convolution before it: the same function, no map of
features read or written for it.

`join_norms` does it in trainings, whose frozen norms cost as much as their convolutions: weights
are multiplied by the norm's scale at every call, so parameters, their gradients and what is saved
stay those of the plain network. `fold_norms` does it once and for all, for inference.
"""

from collections.abc import Iterator
from typing import Any

import torch.nn.functional as F
from timm.layers.conv2d_same import Conv2dSame, conv2d_same
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

PAIRS = (
    ("conv_stem", "bn1"),
    ("conv_head", "bn2"),
    ("conv1", "bn1"),
    ("conv2", "bn2"),
    ("conv3", "bn3"),
    ("conv_pw", "bn1"),
    ("conv_dw", "bn2"),
    ("conv_pwl", "bn3"),
)
"""Attributes of timm's EfficientNets and ResNets: a convolution, and the norm that alone reads
it."""
PAIRS_WITHOUT_EXPANSION = (("conv_dw", "bn1"), ("conv_pw", "bn2"))
"""The same in the first blocks of an EfficientNet."""


def join_norms(network: nn.Module) -> nn.Module:
    """Make every known pair one convolution while its norm is in eval mode, in place; other
    networks stay as they are.

    The modules then compute by functions that hold them: a deep copy would go on with the
    original's weights.
    """
    for part, conv, norm in list(_pairs(network)):
        _join(getattr(part, conv), getattr(part, norm))
    return network


def fold_norms(network: nn.Module) -> nn.Module:
    """Replace every known pair by one convolution, in place and for good. For inference only."""
    for part, conv, norm in list(_pairs(network)):
        before, after = getattr(part, conv), getattr(part, norm)
        for module in (before, after):
            module.__dict__.pop("forward", None)
        setattr(part, conv, fuse_conv_bn_eval(before.eval(), after.eval()))
        setattr(
            part,
            norm,
            nn.Sequential(
                *(getattr(after, name) for name in ("drop", "act") if hasattr(after, name))
            ),
        )
    return network


def _pairs(network: nn.Module) -> Iterator[tuple[nn.Module, str, str]]:
    """A module and the names of a convolution and its norm in it."""
    for part in network.modules():
        names: tuple[tuple[str, str], ...] = PAIRS
        if type(part).__name__ == "DepthwiseSeparableConv":
            names = PAIRS_WITHOUT_EXPANSION
        if type(part) is nn.Sequential and list(part._modules)[:2] == [
            "0",
            "1",
        ]:  # a ResNet's short cut
            names = (("0", "1"),)
        for conv, norm in names:
            if isinstance(getattr(part, conv, None), nn.Conv2d) and isinstance(
                getattr(part, norm, None), nn.BatchNorm2d
            ):
                yield part, conv, norm


def _join(conv: Any, norm: Any) -> None:
    alone, normed = conv.forward, norm.forward

    def convolved(x: Tensor) -> Tensor:
        """(N, C, H, W) through the convolution with the norm folded in; in training through the
        convolution alone.
        """
        if norm.training:
            return alone(x)  # type: ignore[no-any-return]
        scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
        shift = norm.bias - norm.running_mean * scale
        shift = shift if conv.bias is None else shift + conv.bias * scale
        return _join_forward(conv, x, conv.weight * scale.view(-1, 1, 1, 1), shift)

    def activated(x: Tensor) -> Tensor:
        if norm.training:
            return normed(x)  # type: ignore[no-any-return]
        return norm.act(norm.drop(x)) if hasattr(norm, "act") else x

    conv.forward, norm.forward = convolved, activated


def _join_forward(conv: nn.Conv2d, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if isinstance(conv, Conv2dSame):
        return conv2d_same(x, weight, bias, conv.stride, conv.padding, conv.dilation, conv.groups)  # type: ignore
    kernel, dilation = conv.kernel_size[0], conv.dilation[0]
    keeps_size = (
        conv.stride == (1, 1)
        and conv.padding == (dilation * (kernel // 2),) * 2
        and kernel % 2 == 1
    )
    if x.device.type == "cpu" and dilation > 1 and conv.groups == conv.in_channels and keeps_size:
        return dilated_by_phases(x, weight, bias, dilation)
    return F.conv2d(x, weight, bias, conv.stride, conv.padding, conv.dilation, conv.groups)


def dilated_by_phases(x: Tensor, weight: Tensor, bias: Tensor, d: int) -> Tensor:
    """A depthwise convolution of dilation `d` that keeps the size, (N, C, h, w), as a plain one on
    d x d coarser images.

    The cells that it connects lie d apart, so each phase is an image of its own. On processors the
    gradient of the dilated form takes five times as long.
    """
    n, channels, height, width = x.shape
    if height % d or width % d:
        x = F.pad(x, (0, -width % d, 0, -height % d))
    rows, columns = x.shape[2] // d, x.shape[3] // d
    x = x.permute(0, 2, 3, 1).reshape(n, rows, d, columns, d, channels).permute(0, 2, 4, 1, 3, 5)
    x = x.reshape(n * d * d, rows, columns, channels).permute(0, 3, 1, 2)
    x = F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2, groups=channels)
    x = x.permute(0, 2, 3, 1).reshape(n, d, d, rows, columns, channels).permute(0, 3, 1, 4, 2, 5)
    return x.reshape(n, rows * d, columns * d, channels).permute(0, 3, 1, 2)[:, :, :height, :width]
