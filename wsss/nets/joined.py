"""A convolution and the BatchNorm after it, as two modules that know of each other.

While the norm is in eval mode, the convolution does the norm's work with its own: its weights are
multiplied by the norm's scale at every call. The norm then only activates, so no map of features is
read or written for it. While the norm learns, both compute as usual.

Each holds the parameters and buffers of the module that it replaces. So names, order and gradients
of the parameters are those of the plain network.
"""

from typing import Any, TypeVar

import torch.nn.functional as F
from timm.layers.conv2d_same import Conv2dSame, conv2d_same
from timm.layers.norm_act import BatchNormAct2d
from torch import Tensor, nn

from wsss.nets.dilation import can_be_phased, dilated_by_phases

Convolution = TypeVar("Convolution", bound=nn.Conv2d)


class JoinedConv2d(nn.Conv2d):
    """A convolution that does the work of the norm after it, while that is in eval mode."""

    norm: tuple[nn.BatchNorm2d]
    """in a tuple, or the norm's parameters would be the convolution's as well"""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) through the convolution and, unless that learns, its norm."""
        (norm,) = self.norm
        if norm.training:
            return super().forward(x)
        scale, shift = compute_scale_and_shift(norm)
        if self.bias is not None:
            shift = shift + self.bias * scale
        return self.convolve(x, self.weight * scale.view(-1, 1, 1, 1), shift)

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The convolution with another weight and bias."""
        if x.device.type == "cpu" and can_be_phased(self):
            return dilated_by_phases(x, weight, bias, self.dilation[0])
        return F.conv2d(x, weight, bias, self.stride, self.padding, self.dilation, self.groups)


class JoinedConv2dSame(JoinedConv2d, Conv2dSame):
    """The same with TensorFlow's padding, which depends on the size of the input."""

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The convolution with another weight and bias."""
        return conv2d_same(x, weight, bias, self.stride, self.padding, self.dilation, self.groups)  # type: ignore


class JoinedNorm(nn.BatchNorm2d):
    """A norm that does nothing in eval mode: the convolution before it has done its work."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W), normalised in training, else as it is."""
        return super().forward(x) if self.training else x


class JoinedNormAct(BatchNormAct2d):
    """A norm with an activation, which is all that it does in eval mode."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W), in training normalised, and activated."""
        if self.training:
            return super().forward(x)  # type: ignore[no-any-return, no-untyped-call]
        activated: Tensor = self.act(self.drop(x))
        return activated


JOINED: dict[type[nn.Conv2d], type[JoinedConv2d]] = {
    nn.Conv2d: JoinedConv2d,
    Conv2dSame: JoinedConv2dSame,
}
PLAIN: dict[type[nn.Conv2d], type[nn.Conv2d]] = {
    JoinedConv2d: nn.Conv2d,
    JoinedConv2dSame: Conv2dSame,
}


def compute_scale_and_shift(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """What a norm in eval mode multiplies each channel by, and then adds, (C,) each."""
    mean: Any = norm.running_mean
    variance: Any = norm.running_var
    scale = norm.weight * (variance + norm.eps).rsqrt()
    return scale, norm.bias - mean * scale


def join_pair(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[JoinedConv2d, nn.BatchNorm2d]:
    """Modules to put in the places of a convolution, of a type in JOINED, and of its norm."""
    after = join_norm(norm)
    before = rebuild_conv(conv, JOINED[type(conv)])
    before.norm = (after,)
    return before, after


def make_plain(conv: nn.Conv2d) -> nn.Conv2d:
    """The convolution alone, with the same parameters."""
    kind = PLAIN.get(type(conv))
    return conv if kind is None else rebuild_conv(conv, kind)


def rebuild_conv(conv: nn.Conv2d, kind: type[Convolution]) -> Convolution:
    """A module of another class that holds the convolution's parameters."""
    old: Any = conv
    made = kind(
        old.in_channels,
        old.out_channels,
        old.kernel_size,
        old.stride,
        old.padding,
        old.dilation,
        old.groups,
        bias=old.bias is not None,
        device="meta",  # its own weights are never made, so no random number is drawn
    )
    made.weight = conv.weight
    made.bias = conv.bias
    return made.train(conv.training)


def join_norm(norm: nn.BatchNorm2d) -> nn.BatchNorm2d:
    """A JoinedNorm or JoinedNormAct that holds the norm's parameters, buffers and activation."""
    kind: Any = JoinedNormAct if isinstance(norm, BatchNormAct2d) else JoinedNorm
    made = kind(
        norm.num_features,
        norm.eps,
        norm.momentum,
        norm.affine,
        norm.track_running_stats,
        device="meta",
    )
    for name, parameter in norm.named_parameters(recurse=False):
        setattr(made, name, parameter)
    for name, buffer in norm.named_buffers(recurse=False):
        setattr(made, name, buffer)
    for name, child in norm.named_children():
        setattr(made, name, child)
    return made.train(norm.training)  # type: ignore[no-any-return]
