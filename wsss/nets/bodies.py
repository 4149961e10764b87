"""Builds a trunk's body, the network without classifier, by name.

A body is a module with `default_cfg` (mean and std of its input) and `forward_intermediates`:
normalised (N, 3, H, W) -> the last feature map and a list of earlier ones, shallow to deep. Two
attributes are optional: `hub_name`, the timm network whose ImageNet weights fit (None: no such
network), and `renamed`, which maps a weight file's tensor names to the body's.
"""

from collections.abc import Callable
from typing import Any

import timm
from timm.models import is_model_in_modules

from wsss.nets import resnet38, tokens, vgg
from wsss.run.errors import UserError, nearest

Builder = Callable[[str, int], Any]
OWN: dict[str, Builder] = {
    **dict.fromkeys(vgg.NAMES, vgg.build_vgg),
    "resnet38": resnet38.build_resnet38,
}
"""name -> builder, for the networks that this package implements"""
TRANSFORMERS = ("vision_transformer", "deit", "eva", "swin_transformer", "swin_transformer_v2")
"""timm's modules whose networks give a grid of tokens"""


def build_body(name: str, output_stride: int) -> Any:
    """The untrained body `name` at an output stride of 8, 16 or 32. UserError when the name is
    unknown, or the network cannot have that stride.
    """
    architecture = name.partition(".")[0]  # after the point: timm's tag of the weights
    if architecture in OWN:
        return OWN[architecture](name, output_stride)
    known = timm.is_model(architecture)
    is_transformer = known and is_model_in_modules(architecture, TRANSFORMERS)
    build = tokens.build_tokens if is_transformer else build_convolutional
    try:
        return build(name, output_stride)
    except UserError:
        raise
    except Exception as error:  # timm raises many types, for names and options
        raise _explain_failure(name, output_stride, error) if known else _explain_unknown(name)


def build_convolutional(name: str, output_stride: int) -> Any:
    """A convolutional network of timm, dilated where the output stride needs it."""
    return timm.create_model(name, pretrained=False, num_classes=0, output_stride=output_stride)


def _explain_failure(name: str, output_stride: int, error: Exception) -> UserError:
    return UserError(
        f"timm has backbone '{name}', but cannot build it at output stride {output_stride} "
        f"({str(error) or type(error).__name__}); docs/backbones.md lists those that work"
    )


def _explain_unknown(name: str) -> UserError:
    others = {*OWN, *timm.list_models()} - {name}
    return UserError(
        f"backbone '{name}' is not known{nearest(name, sorted(others))}; docs/backbones.md lists "
        "those that work"
    )
