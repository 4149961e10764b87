"""Segmentation by a classifier (docs/methods.md#cam-normalisation): it predicts the tags of a
photo, and its class maps locate them.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.classify.tags import maps_and_tags
from wsss.crf.photo import dense_crf
from wsss.nets.multiscale import grid_of, photo_tensor
from wsss.segment.class_maps_settings import ClassMapPredictSettings

EPSILON = 1e-5
"""keeps the division by a map's maximum finite"""


def predict_from_class_maps(
    task: Any,
    photo: np.ndarray,
    settings: ClassMapPredictSettings,
    device: torch.device,
    tags: tuple[int, ...] | None = None,
) -> np.ndarray:
    """Label ids, uint8 (H, W), of a photo (uint8 (H, W, 3)), never 255, by the classifier `task`.

    The classes are `tags` where they are given, else those whose probability reaches
    `tag_probability`. A photo without any class is background.
    """
    image = photo_tensor(photo, device, settings.long_side)
    maps, probability = maps_and_tags(task, image, settings, grid_of(image, settings.stride))
    likely = (probability >= settings.tag_probability).tolist()
    chosen = likely if tags is None else [tag in tags for tag in range(1, len(maps) + 1)]
    ids = [tag for tag, kept in enumerate(chosen, start=1) if kept]
    size = (photo.shape[0], photo.shape[1])
    if not ids:
        return np.zeros(size, np.uint8)
    scores = _with_background(maps[[tag - 1 for tag in ids]], size, settings.threshold)
    if settings.iterations or settings.row != "own":
        scores = dense_crf(photo, scores / scores.sum(axis=0), settings)
    labels: np.ndarray = np.array([0, *ids], np.uint8)[scores.argmax(axis=0)]
    return labels


def _with_background(maps: Tensor, size: tuple[int, int], threshold: float) -> np.ndarray:
    """From maps (K, h, w) to float32 (K + 1, H, W): a constant background, then each map divided by
    its maximum.

    The maps are interpolated to the photo's size before they are divided. The other order shrinks
    objects.
    """
    full = F.interpolate(maps[None], size, mode="bilinear", align_corners=False)[0]
    full = full / (full.amax(dim=(1, 2), keepdim=True) + EPSILON)
    return torch.cat([torch.full_like(full[:1], threshold), full]).cpu().numpy()
