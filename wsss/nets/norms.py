"""BatchNorm that is in eval mode as part of the convolution before it: the same function, no map of
features read or written for it.

`join_norms` does it in trainings, whose frozen norms cost as much as their convolutions.
Parameters, their gradients and what is saved stay those of the plain network. `fold_norms` does it
once and for all, for inference.
"""

from collections.abc import Iterator

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from wsss.nets.joined import JOINED, join_pair, make_plain

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
PAIRS_OF_SHORTCUT = (("0", "1"),)
"""The same in a ResNet's short cut."""


def join_norms(network: nn.Module) -> nn.Module:
    """Make every known pair one convolution while its norm is in eval mode, in place; other
    networks stay as they are.
    """
    for part, conv, norm in list(_pairs(network)):
        before, after = getattr(part, conv), getattr(part, norm)
        if type(before) in JOINED:
            before, after = join_pair(before, after)
            setattr(part, conv, before)
            setattr(part, norm, after)
    return network


def fold_norms(network: nn.Module) -> nn.Module:
    """Replace every known pair by one convolution, in place and for good. For inference only."""
    for part, conv, norm in list(_pairs(network)):
        before, after = make_plain(getattr(part, conv)), getattr(part, norm)
        setattr(part, conv, fuse_conv_bn_eval(before.eval(), after.eval()))
        setattr(part, norm, _activation(after))
    return network


def _activation(norm: nn.Module) -> nn.Module:
    """What is left of a norm without its normalisation."""
    return nn.Sequential(*norm.children())


def _pairs(network: nn.Module) -> Iterator[tuple[nn.Module, str, str]]:
    """A module and the names of a convolution and its norm in it."""
    for part in network.modules():
        for conv, norm in _names(part):
            is_conv = isinstance(getattr(part, conv, None), nn.Conv2d)
            is_norm = isinstance(getattr(part, norm, None), nn.BatchNorm2d)
            if is_conv and is_norm:
                yield part, conv, norm


def _names(part: nn.Module) -> tuple[tuple[str, str], ...]:
    """The pairs that a module of its type may have."""
    if type(part).__name__ == "DepthwiseSeparableConv":
        return PAIRS_WITHOUT_EXPANSION
    if type(part) is nn.Sequential and list(part._modules)[:2] == ["0", "1"]:
        return PAIRS_OF_SHORTCUT
    return PAIRS
