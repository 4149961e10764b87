"""Class maps from a class token for each class, as in MCTformer (docs/methods.md#mctformer).

A class's map is what its token attends to among the patches, mean over heads and the last blocks,
times the class map of the patches. It is then spread along the attention between patches, mean
over heads and all blocks.

Ours are: rows of the attention between patches are scaled to sum 1. What a token attends to is
scaled to mean 1, else a small scale of the photo, which has few patches, would outweigh the others.
Class maps of patches are not normalised.
"""

from functools import partial

import numpy as np
import torch
from torch import Tensor

from wsss.cams.class_tokens_settings import ClassTokenSettings
from wsss.cams.export import export_maps
from wsss.classify.mctformer import MctNetwork
from wsss.classify.network import CamNetwork
from wsss.data.maps import ScoreMap
from wsss.nets.attention import blocks_of, fit_patches, keep_inputs, mean_attention, spread_maps
from wsss.run.errors import UserError


def class_token_cam(
    network: CamNetwork,
    photo: np.ndarray,
    tags: tuple[int, ...],
    settings: ClassTokenSettings,
    device: torch.device,
) -> ScoreMap:
    """The `cam` map of a photo (uint8 (H, W, 3)) for its tags (label ids from 1). UserError for
    networks without a class token for each class.
    """
    if not isinstance(network, MctNetwork):
        raise UserError(
            "cams: class_tokens needs a class token for each class, which only classifier: "
            "mctformer has; name it in the recipe, or another exporter"
        )
    return export_maps(photo, tags, settings, device, partial(_maps_of, network, settings))


def _maps_of(network: MctNetwork, settings: ClassTokenSettings, images: Tensor) -> Tensor:
    """Maps (N, C, h, w), 0 or more, of images (N, 3, H, W), a cell for each patch."""
    blocks = blocks_of(network.trunk.body)
    with keep_inputs(blocks) as inputs:
        patches, _ = network(fit_patches(images, network.trunk.body.stride))
    last = settings.layers
    maps = attended_maps(mean_attention(blocks[-last:], inputs[-last:]), patches)
    if settings.couple:
        maps = maps * patches.float().relu()
    if not settings.spread:
        return maps
    return spread_maps(maps, mean_attention(blocks, inputs), settings.spread)


def attended_maps(attention: Tensor, like: Tensor) -> Tensor:
    """What each of the first C tokens attends to among the patches, the last h * w tokens, of an
    attention (N, C + h * w, C + h * w); mean 1, of the shape (N, C, h, w) of `like`.
    """
    classes = like.shape[1]
    attended = attention[:, :classes, classes:].reshape(like.shape)
    return attended / attended.mean(dim=(2, 3), keepdim=True)
