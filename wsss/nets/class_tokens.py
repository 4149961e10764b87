"""A ViT with a class token for each class, as in MCTformer (docs/methods.md#mctformer)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from wsss.run.errors import UserError


def give_class_tokens(body: Any, classes: int) -> None:
    """Give the ViT of a body (tokens.py) `classes` class tokens in place of its one. Each starts as
    a copy of it, as does its position. UserError for networks with no class token, or other tokens
    beside it.
    """
    net = getattr(body, "net", None)
    token = getattr(net, "cls_token", None)
    if net is None or token is None or net.num_prefix_tokens != 1 or net.pos_embed is None:
        raise UserError(
            "mctformer needs a ViT or DeiT with one class token; set classifier: {backbone: "
            "deit_small_patch16_224, output_stride: 16} (docs/backbones.md)"
        )
    net.cls_token = _learned(token, token.repeat(1, classes, 1))
    if not net.no_embed_class:  # else only patches have positions
        own, patches = net.pos_embed[:, :1], net.pos_embed[:, 1:]
        positions = torch.cat([own.repeat(1, classes, 1), patches], dim=1)
        net.pos_embed = _learned(net.pos_embed, positions)
    net.num_prefix_tokens = classes


def _learned(old: Any, value: Tensor) -> nn.Parameter:
    """A parameter in the place of an `old` one, fixed if that is."""
    return nn.Parameter(value.detach().clone(), requires_grad=old.requires_grad)


@contextmanager
def keep_tokens(body: Any) -> Iterator[list[Tensor]]:
    """A list that is filled with all tokens (N, T, D) before the last norm, class tokens first,
    when the body runs inside the context.
    """
    seen: list[Tensor] = []

    def keep(layer: Any, inputs: tuple[Tensor, ...]) -> None:
        seen.append(inputs[0])

    hook = body.net.norm.register_forward_pre_hook(keep)  # `norm` runs, also where it does nothing
    try:
        yield seen
    finally:
        hook.remove()
