"""The class maps and the labels that a trained single-stage network makes of a whole photo
(docs/methods.md#online-labels).
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from wsss.data.maps import ScoreMap
from wsss.nets.multiscale import photo_tensor
from wsss.nets.precision import inference_precision
from wsss.segment.online_labels import Seen, label_photo
from wsss.segment.online_maps import (
    average_scales,
    divide_by_maximum,
    enlarge_maps,
    find_tags,
)
from wsss.segment.online_settings import OnlineExportSettings


class Online(NamedTuple):
    """What a network makes of a photo of H x W pixels."""

    maps: ScoreMap
    """the `cam` map of its tags, on the grid of the finest scale"""
    labels: np.ndarray
    """uint8 (H, W), IGNORE where nothing is sure"""


def label_whole_photo(
    task: Any,
    photo: np.ndarray,
    tags: tuple[int, ...],
    settings: OnlineExportSettings,
    device: torch.device,
) -> Online:
    """The class maps and labels of a photo, uint8 (H, W, 3), for its tags (label ids from 1), by
    the scales and rules that the network of `task` was trained with. The maps of a photo without
    tags have 0 channels.
    """
    image = photo_tensor(photo, device, settings.long_side)

    def class_maps(images: Tensor) -> Tensor:
        with inference_precision(device, settings.precision):
            maps: Tensor = task.class_maps(images)
        return maps

    at_one, present = class_maps(image), [tag - 1 for tag in tags]
    maps = average_scales(image, task.settings.scales, class_maps, at_one)[0, present]
    found = find_tags(at_one, task.settings.tag_above)[0, present]
    size = (photo.shape[0], photo.shape[1])
    full = divide_by_maximum(enlarge_maps(maps * found[:, None, None], size)).cpu().numpy()
    made = label_photo(Seen(photo, full, tags, int((~found).sum())), task.settings)
    small = divide_by_maximum(maps).cpu().numpy()
    return Online(ScoreMap("cam", np.array(tags, np.int64), small, size), made.labels)
