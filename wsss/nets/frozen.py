"""Layers of a pretrained network whose weights are kept during a training
(docs/methods.md#frozen-layers).

A gradient that nothing before a layer needs ends there. So to keep all layers up to one is to stop
the gradient after it.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from torch import nn

from wsss.run.errors import UserError, nearest


def is_frozen(name: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern matches the name of a tensor, or of a layer that it is in.

    `layer1` matches layer1.0.conv1.weight, and not layer10.weight; `b2*` matches b2_1.bn.weight.
    """
    parts = name.split(".")
    layers = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return any(fnmatchcase(layer, pattern) for layer in layers for pattern in patterns)


def freeze_layers(body: nn.Module, patterns: Sequence[str]) -> None:
    """Take the gradient from all parameters that a pattern matches. A UserError names a pattern
    that matches none.
    """
    names = [name for name, _ in body.named_parameters()]
    for pattern in patterns:
        if not any(is_frozen(name, (pattern,)) for name in names):
            layers = list(dict.fromkeys(name.partition(".")[0] for name in names))
            raise UserError(
                f"freeze: '{pattern}' is no layer of the backbone{nearest(pattern, layers)}; "
                f"it has {', '.join(layers)}"
            )
    for name, parameter in body.named_parameters():
        if is_frozen(name, patterns):
            parameter.requires_grad_(False)


def hold_norms(body: nn.Module, patterns: Sequence[str], every: bool) -> None:
    """Keep the statistics and the affine parameters of the BatchNorm layers that a pattern matches,
    or of `every` one. To be called whenever the training mode was set.
    """
    for name, module in body.named_modules():
        if isinstance(module, nn.BatchNorm2d) and (every or is_frozen(name, patterns)):
            module.eval()
            for parameter in module.parameters():
                parameter.requires_grad_(False)
