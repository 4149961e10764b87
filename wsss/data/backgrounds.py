"""Score maps at the size of their photo, and the background of maps that have none."""

import numpy as np

from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.data.resize import resize_scores


def upsample(item: ScoreMap, size: tuple[int, int] | None = None) -> np.ndarray:
    """The map's scores (K, H, W) at the photo's size (or `size`), bilinear, float32."""
    return resize_scores(item.scores, size or item.size)


def power_background(scores: np.ndarray, alpha: float) -> np.ndarray:
    """(1 - max)^alpha of cam scores (K, H, W), as (1, H, W); 1 everywhere when there is no class
    (docs/methods.md#psa).
    """
    largest = scores.max(axis=0, initial=0.0, keepdims=True)
    background: np.ndarray = (1 - np.clip(largest, 0, 1)) ** alpha
    return background.astype(np.float32)


def decide_between_two(classes: np.ndarray, probabilities: list[np.ndarray]) -> np.ndarray:
    """uint8 (H, W): classes that win against a strong background (first), background that wins when
    it is weak (second), else IGNORE (docs/methods.md#psa).

    Both are (K + 1, H, W), of the background and `classes`.
    """
    labels = np.concatenate([[0], classes])
    strong, weak = (labels[stack.argmax(axis=0)] for stack in probabilities)
    confident = np.where(strong == 0, IGNORE, strong)
    return np.where(weak == 0, 0, confident).astype(np.uint8)
