"""`prob` maps from a segmentation network: probabilities of background and tags, averaged over
scales.
"""

import numpy as np
import torch
from torch import Tensor, nn

from wsss.data.maps import ScoreMap
from wsss.nets.multiscale import grid_of, join_views, multi_scale, photo_tensor
from wsss.seeds.segmentation_maps_settings import SegmentationMapsSettings


def export_segmentation_maps(
    network: nn.Module,
    photo: np.ndarray,
    tags: tuple[int, ...],
    settings: SegmentationMapsSettings,
    device: torch.device,
) -> ScoreMap:
    """The `prob` map of a photo (uint8 (H, W, 3)) over background and its `tags` (label ids), or,
    without `only_tags`, over background and all classes. The logits of other classes are left out
    before the softmax.
    """
    image = photo_tensor(photo, device, settings.long_side, settings.warp)
    labels = [0, *tags]

    def forward(images: Tensor) -> Tensor:
        """The logits of the labels, or their softmax; all labels without `only_tags`."""
        logits: Tensor = network(images).float()
        logits = logits[:, labels] if settings.only_tags else logits
        return logits.softmax(dim=1) if settings.sum_of == "probabilities" else logits

    sums = multi_scale(image, settings, grid_of(image, settings.stride), forward)
    maps = join_views(sums, settings, settings.sum_of)
    maps = maps / maps.sum(dim=0, keepdim=True)
    shown = np.array(labels) if settings.only_tags else np.arange(len(maps))
    return ScoreMap("prob", shown, maps.cpu().numpy(), (photo.shape[0], photo.shape[1]))
