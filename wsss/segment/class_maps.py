"""Predictions of a classifier (docs/methods.md#cam-normalisation): it finds the tags of a photo,
and its class maps locate them.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.classify.pooling import pool
from wsss.crf.photo import dense_crf
from wsss.nets.multiscale import grid_of, multi_scale, photo_tensor
from wsss.segment.class_maps_settings import ClassMapPredictSettings

EPSILON = 1e-5


def predict_from_class_maps(
    task: Any,
    photo: np.ndarray,
    settings: ClassMapPredictSettings,
    device: torch.device,
    tags: tuple[int, ...] | None = None,
) -> np.ndarray:
    """uint8 (H, W) label ids of a photo (uint8 (H, W, 3)); never 255.

    `task` is a classifier. The classes are `tags`, where these are given, else those that it finds
    likely. Without any class all is background.
    """
    maps, likely = _maps_and_tags(task, photo, settings, device)
    if tags is None:
        ids = [tag for tag, found in enumerate(likely, start=1) if found]
    else:
        ids = [tag for tag in range(1, len(maps) + 1) if tag in tags]
    size = (photo.shape[0], photo.shape[1])
    if not ids:
        return np.zeros(size, np.uint8)
    scores = _with_background(maps[[tag - 1 for tag in ids]], size, settings.threshold)
    if settings.iterations or settings.row != "own":
        scores = dense_crf(photo, scores / scores.sum(axis=0), settings)
    labels: np.ndarray = np.array([0, *ids], np.uint8)[scores.argmax(axis=0)]
    return labels


def _maps_and_tags(
    task: Any, photo: np.ndarray, settings: ClassMapPredictSettings, device: torch.device
) -> tuple[Tensor, list[bool]]:
    """Class maps (C, h, w), not negative, summed over all views; and which classes the mean view
    finds likely.
    """
    image = photo_tensor(photo, device, settings.long_side)
    scores: list[Tensor] = []

    def forward(images: Tensor) -> Tensor:
        maps: Tensor = task.network(images)[0]
        scores.append(pool(maps, task.settings))
        return maps.relu()

    maps = multi_scale(image, settings, grid_of(image, settings.stride), forward)
    probability = torch.cat(scores).mean(dim=0).sigmoid()
    return maps, (probability >= settings.tag_probability).tolist()


def _with_background(maps: Tensor, size: tuple[int, int], threshold: float) -> np.ndarray:
    """Maps (K, h, w) -> float32 (K + 1, H, W): the background first, then each map with a maximum
    of 1.

    Maps are brought to the photo's size first, then divided and compared: the other order shrinks
    objects.
    """
    full = F.interpolate(maps[None], size, mode="bilinear", align_corners=False)[0]
    full = full / (full.amax(dim=(1, 2), keepdim=True) + EPSILON)
    return torch.cat([torch.full_like(full[:1], threshold), full]).cpu().numpy()
