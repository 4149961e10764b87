"""Merges BatchNorm in eval mode into the convolution before it: equal results, in less time.

`join_norms` is for training, where frozen norms would take as long as their convolutions. The
network keeps its parameters, their gradients and their names. `fold_norms` is for inference: it
replaces the weights for good.
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
"""Attributes of blocks of timm's EfficientNets and ResNets: a convolution and the norm after it.
Nothing else reads the convolution's output."""
PAIRS_WITHOUT_EXPANSION = (("conv_dw", "bn1"), ("conv_pw", "bn2"))
"""The pairs in an EfficientNet's first blocks, which are DepthwiseSeparableConv."""
PAIRS_OF_SHORTCUT = (("0", "1"),)
"""The pair in a ResNet's shortcut, which is a Sequential."""


def join_norms(network: nn.Module) -> nn.Module:
    """Join every known pair of a convolution and a norm, in place (`wsss/nets/joined.py`). Other
    layers stay unchanged.
    """
    for part, conv, norm in list(_pairs(network)):
        before, after = getattr(part, conv), getattr(part, norm)
        if type(before) in JOINED:
            before, after = join_pair(before, after)
            setattr(part, conv, before)
            setattr(part, norm, after)
    return network


def fold_norms(network: nn.Module) -> nn.Module:
    """Fold the norm of every known pair into its convolution, in place. For inference only."""
    for part, conv, norm in list(_pairs(network)):
        before, after = make_plain(getattr(part, conv)), getattr(part, norm)
        setattr(part, conv, fuse_conv_bn_eval(before.eval(), after.eval()))
        setattr(part, norm, _activation(after))
    return network


def _activation(norm: nn.Module) -> nn.Module:
    """The norm's children without the normalisation: its activation, or an empty Sequential."""
    return nn.Sequential(*norm.children())


def _pairs(network: nn.Module) -> Iterator[tuple[nn.Module, str, str]]:
    """(module, attribute of a convolution, attribute of its norm) for every known pair."""
    for part in network.modules():
        for conv, norm in _candidates(part):
            is_conv = isinstance(getattr(part, conv, None), nn.Conv2d)
            is_norm = isinstance(getattr(part, norm, None), nn.BatchNorm2d)
            if is_conv and is_norm:
                yield part, conv, norm


def _candidates(part: nn.Module) -> tuple[tuple[str, str], ...]:
    """The pairs that a module of this type may have."""
    if type(part).__name__ == "DepthwiseSeparableConv":
        return PAIRS_WITHOUT_EXPANSION
    if type(part) is nn.Sequential and list(part._modules)[:2] == ["0", "1"]:
        return PAIRS_OF_SHORTCUT
    return PAIRS
