"""From a score map on its grid to scores of background and tags at every pixel of the photo."""

import numpy as np
import torch
import torch.nn.functional as F

from wsss.data.maps import ScoreMap
from wsss.labels.settings import LabelSettings


def upsampled(item: ScoreMap, size: tuple[int, int] | None = None) -> np.ndarray:
    """The map's scores (K, H, W) at the photo's size (or `size`), bilinear, float32."""
    size = size or item.size
    if not len(item.labels):
        return np.zeros((0, *size), np.float32)
    scores = torch.from_numpy(item.scores)[None]
    return F.interpolate(scores, size, mode="bilinear", align_corners=False)[0].numpy()


def power_background(scores: np.ndarray, alpha: float) -> np.ndarray:
    """(1 - max)^alpha of cam scores (K, H, W), as (1, H, W); 1 everywhere when there is no class (methods.md 6)."""
    largest = scores.max(axis=0, initial=0.0, keepdims=True)
    return ((1 - np.clip(largest, 0, 1)) ** alpha).astype(np.float32)


def with_background(item: ScoreMap, settings: LabelSettings,
                    saliency: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Label ids (K + 1,), background first, and their scores (K + 1, H, W) at the photo's size, not normalised.

    A `prob` map brings its background; a `cam` map gets the one that the settings name: a constant, a power of what the
    largest class leaves, or what `saliency` (H, W) in 0..1 leaves.
    """
    scores = upsampled(item)
    if item.kind == "prob":
        return item.labels, scores
    if settings.background == "saliency" and saliency is not None:
        background = (1 - saliency[None]).astype(np.float32)
    elif settings.background == "constant":
        background = np.full((1, *item.size), settings.threshold, np.float32)
    else:
        background = power_background(scores, settings.alpha)
    return np.concatenate([[0], item.labels]), np.concatenate([background, scores])


def most_likely(labels: np.ndarray, probabilities: np.ndarray, ignore_below: float, ignore: int) -> np.ndarray:
    """uint8 (H, W): the label id of the largest of (K, H, W), `ignore` where that is under `ignore_below`."""
    result = labels[probabilities.argmax(axis=0)].astype(np.uint8)
    if ignore_below > 0:
        result[probabilities.max(axis=0) < ignore_below] = ignore
    return result
