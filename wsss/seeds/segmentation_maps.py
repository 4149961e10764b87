"""`prob` maps from a segmentation network: probabilities of background and tags, averaged over
scales.
"""

import numpy as np
import torch
from torch import nn

from wsss.data.maps import ScoreMap
from wsss.nets.multiscale import grid_of, multi_scale, photo_tensor
from wsss.seeds.segmentation_maps_settings import SegmentationMapsSettings


def export_segmentation_maps(
    network: nn.Module,
    photo: np.ndarray,
    tags: tuple[int, ...],
    settings: SegmentationMapsSettings,
    device: torch.device,
) -> ScoreMap:
    """The `prob` map of a photo (uint8 (H, W, 3)) over background and its `tags` (label ids). The
    logits of all other classes are left out before the softmax.
    """
    image = photo_tensor(photo, device, settings.long_side)
    labels = [0, *tags]
    maps = multi_scale(
        image,
        settings,
        grid_of(image, settings.stride),
        lambda x: network(x)[:, labels].float().softmax(dim=1),
    )
    maps = maps / maps.sum(dim=0, keepdim=True)
    return ScoreMap("prob", np.array(labels), maps.cpu().numpy(), (photo.shape[0], photo.shape[1]))
