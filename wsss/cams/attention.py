"""Class maps times the attention of a transformer (docs/methods.md#attention-maps), as in TS-CAM
and MCTformer, for a network with one class token.
"""

from functools import partial

import numpy as np
import torch
from torch import Tensor

from wsss.cams.attention_settings import AttentionSettings
from wsss.cams.export import export_maps
from wsss.classify.mctformer import MctNetwork
from wsss.classify.network import CamNetwork
from wsss.data.maps import ScoreMap
from wsss.nets.attention import (
    blocks_of,
    fit_patches,
    keep_inputs,
    mean_attention,
    spread_maps,
)
from wsss.run.errors import UserError


def attention_cam(
    network: CamNetwork,
    photo: np.ndarray,
    tags: tuple[int, ...],
    settings: AttentionSettings,
    device: torch.device,
) -> ScoreMap:
    """The `cam` map of a photo (uint8 (H, W, 3)) for its tags (label ids from 1). UserError for
    networks without attention, and for those with a class token for each class.
    """
    if isinstance(network, MctNetwork):
        raise UserError(
            "cams: attention needs one class token, and classifier: mctformer has one for each "
            "class; name cams: class_tokens in the recipe"
        )
    return export_maps(photo, tags, settings, device, partial(_maps_of, network, settings))


def _maps_of(network: CamNetwork, settings: AttentionSettings, images: Tensor) -> Tensor:
    """Maps (N, C, h, w), 0 or more, of images (N, 3, H, W), a cell for each patch."""
    blocks = blocks_of(network.trunk.body)[-settings.layers :]
    with keep_inputs(blocks) as inputs:
        maps, _ = network(fit_patches(images, network.trunk.body.stride))
    attention = mean_attention(blocks, inputs)
    return apply_attention(maps.float().relu(), attention, settings.couple, settings.spread)


def apply_attention(maps: Tensor, attention: Tensor, couple: bool, spread: int) -> Tensor:
    """Maps (N, C, h, w) times what the first token attends to (`couple`), then spread `spread`
    times along the attention (N, T, T) between patches. The last h * w tokens are the patches.
    """
    if couple:
        first = attention.shape[1] - maps.shape[2] * maps.shape[3]
        attended = attention[:, 0, first:].reshape(-1, 1, *maps.shape[2:])
        # maps keep their magnitude
        maps = maps * attended / attended.mean(dim=(2, 3), keepdim=True)
    return spread_maps(maps, attention, spread)
