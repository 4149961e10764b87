"""The attention of a transformer's blocks, and maps that are spread along it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from wsss.nets.precision import full_precision
from wsss.run.errors import UserError


def blocks_of(body: Any) -> Any:
    """The blocks of a ViT (tokens.py); UserError for other bodies."""
    blocks = getattr(getattr(body, "net", None), "blocks", None)
    if blocks is None or not hasattr(getattr(blocks[-1], "attn", None), "qkv"):
        raise UserError(
            "attention maps need a classifier on a ViT or DeiT; set classifier: {backbone: "
            "vit_tiny_patch16_224, output_stride: 16} (docs/backbones.md)"
        )
    return blocks


def fit_patches(images: Tensor, patch: int) -> Tensor:
    """Images (N, 3, H, W) resized to the nearest whole numbers of patches, at least one."""
    sides = [max(1, round(side / patch)) * patch for side in images.shape[2:]]
    if sides == list(images.shape[2:]):
        return images
    return F.interpolate(images, sides, mode="bilinear", antialias=True)


@contextmanager
def keep_inputs(blocks: Sequence[Any]) -> Iterator[list[Tensor]]:
    """A list that is filled with the inputs (N, T, D) of the blocks' attention, in their order,
    when the network runs inside the context.
    """
    seen: list[Tensor] = []

    def keep(layer: Any, inputs: tuple[Tensor, ...]) -> None:
        seen.append(inputs[0])

    hooks = [block.attn.register_forward_pre_hook(keep) for block in blocks]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def mean_attention(blocks: Sequence[Any], inputs: Sequence[Tensor]) -> Tensor:
    """The attention (N, T, T) of blocks for their inputs (N, T, D), mean over blocks and heads."""
    total = attention_of(blocks[0].attn, inputs[0])
    # one by one: all at once would take their memory twelvefold
    for block, x in zip(blocks[1:], inputs[1:], strict=True):
        total = total + attention_of(block.attn, x)
    return total / len(blocks)


@full_precision
def attention_of(layer: Any, x: Tensor) -> Tensor:
    """The attention (N, T, T) of a layer of timm for its input (N, T, D), mean over heads: how much
    each token (row) takes of each other one.
    """
    n, tokens, _ = x.shape
    qkv = layer.qkv(x.float()).reshape(n, tokens, 3, layer.num_heads, -1).permute(2, 0, 3, 1, 4)
    q, k = layer.q_norm(qkv[0]), layer.k_norm(qkv[1])
    weights: Tensor = (q @ k.transpose(-2, -1) * layer.scale).softmax(dim=-1)
    return weights.mean(dim=1)


def spread_maps(maps: Tensor, attention: Tensor, times: int) -> Tensor:
    """Maps (N, C, h, w) spread `times` times along the attention (N, T, T) between patches, whose
    rows are scaled to sum 1. The last h * w tokens are the patches.
    """
    first = attention.shape[1] - maps.shape[2] * maps.shape[3]
    between = attention[:, first:, first:]
    between = between / between.sum(dim=2, keepdim=True)
    flat = maps.flatten(2).transpose(1, 2)
    for _ in range(times):
        flat = between @ flat
    return flat.transpose(1, 2).reshape(maps.shape)
