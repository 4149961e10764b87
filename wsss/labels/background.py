"""From a score map on its grid to scores of background and tags at every pixel of the photo."""

import numpy as np

from wsss.data.maps import ScoreMap
from wsss.data.resize import resized
from wsss.labels.settings import LabelSettings


def upsampled(item: ScoreMap, size: tuple[int, int] | None = None) -> np.ndarray:
    """The map's scores (K, H, W) at the photo's size (or `size`), bilinear, float32."""
    return resized(item.scores, size or item.size)


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
