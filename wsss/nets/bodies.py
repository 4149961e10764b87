"""Networks that a trunk can have, by name: which builder makes which.

A body is a module with `default_cfg` (mean and std of its input) and `forward_intermediates`:
normalised (N, 3, H, W) -> the last map and a list of earlier ones, shallow to deep. It may have
`hub_name`, timm's network that has its ImageNet weights (None: there are none), and `renamed`,
which gives the tensors of a file the body's names.
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
"""networks of this package"""
TRANSFORMERS = ("vision_transformer", "deit", "eva", "swin_transformer", "swin_transformer_v2")
"""timm's modules whose networks are grids of tokens"""


def build_body(name: str, output_stride: int) -> Any:
    """The network called `name` without a classifier, untrained; a UserError says why there is
    none.
    """
    architecture = name.partition(".")[0]
    if architecture in OWN:
        return OWN[architecture](name, output_stride)
    known = timm.is_model(architecture)
    grid = known and is_model_in_modules(architecture, TRANSFORMERS)
    build = tokens.build_tokens if grid else build_convolutional
    try:
        return build(name, output_stride)
    except UserError:
        raise
    except Exception as error:  # timm raises many kinds, for unknown names and for what it has not
        raise _refusal(name, output_stride, error) if known else _unknown(name)


def build_convolutional(name: str, output_stride: int) -> Any:
    """A convolutional network of timm, dilated to the output stride."""
    return timm.create_model(name, pretrained=False, num_classes=0, output_stride=output_stride)


def _refusal(name: str, output_stride: int, error: Exception) -> UserError:
    return UserError(
        f"timm has backbone '{name}', but cannot build it at output stride {output_stride} "
        f"({str(error) or type(error).__name__}); docs/backbones.md says what can be taken"
    )


def _unknown(name: str) -> UserError:
    others = {*OWN, *timm.list_models()} - {name}
    return UserError(
        f"backbone '{name}' is not known{nearest(name, sorted(others))}; docs/backbones.md says "
        "what can be taken"
    )
