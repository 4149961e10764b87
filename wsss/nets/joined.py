"""A convolution and the BatchNorm after it, joined: the convolution applies a norm in eval mode.

While the norm is in eval mode, each call multiplies the convolution's weights by the norm's scale
and adds its shift. The norm module then only activates, which saves reading and writing a feature
map. While the norm is in training mode, both compute as usual.

The joined modules hold the parameters and buffers of the modules that they replace. So names, order
and gradients of the parameters are those of the plain network.
"""

from typing import Any, TypeVar

import torch.nn.functional as F
from timm.layers.conv2d_same import Conv2dSame, conv2d_same
from timm.layers.norm_act import BatchNormAct2d
from torch import Tensor, nn

from wsss.nets.dilation import can_be_phased, convolve_by_phases

Convolution = TypeVar("Convolution", bound=nn.Conv2d)


class JoinedConv2d(nn.Conv2d):
    """A convolution that also applies the norm after it, while the norm is in eval mode."""

    norm: tuple[nn.BatchNorm2d]
    """in a tuple, so that torch does not register the norm as the convolution's submodule"""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) through the convolution and, if it is in eval mode, the norm."""
        (norm,) = self.norm
        if norm.training:
            return super().forward(x)
        scale, shift = compute_scale_and_shift(norm)
        if self.bias is not None:
            shift = shift + self.bias * scale
        return self.convolve(x, self.weight * scale.view(-1, 1, 1, 1), shift)

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The convolution of x with the given weight and bias in place of its own."""
        if x.device.type == "cpu" and can_be_phased(self):
            return convolve_by_phases(x, weight, bias, self.dilation[0])
        return F.conv2d(x, weight, bias, self.stride, self.padding, self.dilation, self.groups)


class JoinedConv2dSame(JoinedConv2d, Conv2dSame):
    """A JoinedConv2d with TensorFlow's padding "same", which depends on the input's size."""

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The convolution of x with the given weight and bias in place of its own."""
        how: Any = (self.stride, self.padding, self.dilation, self.groups)
        convolved: Tensor = conv2d_same(x, weight, bias, *how)
        return convolved


class JoinedNorm(nn.BatchNorm2d):
    """A norm that is the identity in eval mode, when the convolution before it applies it."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W), normalised in training mode, else unchanged."""
        return super().forward(x) if self.training else x


class JoinedNormAct(BatchNormAct2d):
    """A norm with an activation. In eval mode it only activates."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W), normalised in training mode, then activated."""
        if self.training:
            return super().forward(x)  # type: ignore[no-any-return, no-untyped-call]
        activated: Tensor = self.act(self.drop(x))
        return activated


JOINED: dict[type[nn.Conv2d], type[JoinedConv2d]] = {
    nn.Conv2d: JoinedConv2d,
    Conv2dSame: JoinedConv2dSame,
}
"""plain convolution -> its joined form"""
PLAIN: dict[type[nn.Conv2d], type[nn.Conv2d]] = {
    JoinedConv2d: nn.Conv2d,
    JoinedConv2dSame: Conv2dSame,
}
"""joined convolution -> its plain form"""


def compute_scale_and_shift(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Scale and shift (C,) of each channel, so that the norm in eval mode is x * scale + shift."""
    mean: Any = norm.running_mean
    variance: Any = norm.running_var
    scale = norm.weight * (variance + norm.eps).rsqrt()
    return scale, norm.bias - mean * scale


def join_pair(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[JoinedConv2d, nn.BatchNorm2d]:
    """The joined modules for a convolution (of a type in JOINED) and the norm after it."""
    after = join_norm(norm)
    before = rebuild_conv(conv, JOINED[type(conv)])
    before.norm = (after,)
    return before, after


def make_plain(conv: nn.Conv2d) -> nn.Conv2d:
    """A plain convolution with the parameters of a joined one; others are returned unchanged."""
    kind = PLAIN.get(type(conv))
    return conv if kind is None else rebuild_conv(conv, kind)


def rebuild_conv(conv: nn.Conv2d, kind: type[Convolution]) -> Convolution:
    """A module of another class that holds the convolution's parameters."""
    old: Any = conv
    new = kind(
        old.in_channels,
        old.out_channels,
        old.kernel_size,
        old.stride,
        old.padding,
        old.dilation,
        old.groups,
        bias=old.bias is not None,
        device="meta",  # allocates and initialises nothing, so draws no random number
    )
    new.weight = conv.weight
    new.bias = conv.bias
    return new.train(conv.training)


def join_norm(norm: nn.BatchNorm2d) -> nn.BatchNorm2d:
    """A JoinedNorm or JoinedNormAct that holds the norm's parameters, buffers and activation."""
    kind: Any = JoinedNormAct if isinstance(norm, BatchNormAct2d) else JoinedNorm
    new = kind(
        norm.num_features,
        norm.eps,
        norm.momentum,
        norm.affine,
        norm.track_running_stats,
        device="meta",
    )
    for name, parameter in norm.named_parameters(recurse=False):
        setattr(new, name, parameter)
    for name, buffer in norm.named_buffers(recurse=False):
        setattr(new, name, buffer)
    for name, child in norm.named_children():
        setattr(new, name, child)
    return new.train(norm.training)  # type: ignore[no-any-return]
