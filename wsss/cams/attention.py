"""Class maps times the attention of a transformer (docs/methods.md#attention-maps), as in TS-CAM
and MCTformer, for a network with one class token.
"""

from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.cams.attention_settings import AttentionSettings
from wsss.cams.export import export_maps
from wsss.classify.network import CamNetwork
from wsss.data.maps import ScoreMap
from wsss.nets.precision import full_precision
from wsss.run.errors import UserError


def attention_cam(
    network: CamNetwork,
    photo: np.ndarray,
    tags: tuple[int, ...],
    settings: AttentionSettings,
    device: torch.device,
) -> ScoreMap:
    """The `cam` map of a photo (uint8 (H, W, 3)) for its tags (label ids from 1)."""
    return export_maps(photo, tags, settings, device, partial(_maps_of, network, settings))


def _maps_of(network: CamNetwork, settings: AttentionSettings, images: Tensor) -> Tensor:
    """Maps (N, C, h, w), 0 or more, of images (N, 3, H, W), a cell for each patch."""
    blocks = blocks_of(network)[-settings.layers :]
    seen: list[Tensor] = []
    hooks = [block.attn.register_forward_pre_hook(_keep(seen)) for block in blocks]
    try:
        maps, _ = network(fit_patches(images, network.trunk.body.stride))
    finally:
        for hook in hooks:
            hook.remove()
    weights = [attention_of(block.attn, x) for block, x in zip(blocks, seen)]
    mean = torch.stack(weights).mean(dim=0)
    return apply_attention(maps.float().relu(), mean, settings.couple, settings.spread)


def blocks_of(network: CamNetwork) -> Any:
    """The blocks of a classifier's ViT; UserError for other backbones."""
    net = getattr(network.trunk.body, "net", None)
    blocks = getattr(net, "blocks", None)
    if blocks is None or not hasattr(getattr(blocks[-1], "attn", None), "qkv"):
        raise UserError(
            "attention maps need a classifier on a ViT or DeiT; set classifier: {backbone: "
            "vit_tiny_patch16_224, output_stride: 16} (docs/backbones.md)"
        )
    return blocks


def _keep(seen: list[Tensor]) -> Any:
    """A hook that keeps the input of an attention layer."""

    def keep(layer: Any, inputs: tuple[Tensor, ...]) -> None:
        seen.append(inputs[0])

    return keep


def fit_patches(images: Tensor, patch: int) -> Tensor:
    """Images (N, 3, H, W) resized to the nearest whole numbers of patches, at least one."""
    sides = [max(1, round(side / patch)) * patch for side in images.shape[2:]]
    if sides == list(images.shape[2:]):
        return images
    return F.interpolate(images, sides, mode="bilinear", antialias=True)


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


def apply_attention(maps: Tensor, attention: Tensor, couple: bool, spread: int) -> Tensor:
    """Maps (N, C, h, w) times what the first token attends to (`couple`), then spread `spread`
    times along the attention (N, T, T) between patches, whose rows are scaled to sum 1. The last
    h * w tokens are the patches.
    """
    n, classes, rows, columns = maps.shape
    first = attention.shape[1] - rows * columns
    flat = maps.flatten(2).transpose(1, 2)
    if couple:
        attended = attention[:, 0, first:, None]
        flat = flat * attended / attended.mean(dim=1, keepdim=True)  # maps keep their magnitude
    between = attention[:, first:, first:]
    between = between / between.sum(dim=2, keepdim=True)
    for _ in range(spread):
        flat = between @ flat
    return flat.transpose(1, 2).reshape(n, classes, rows, columns)
