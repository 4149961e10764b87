"""Score maps at the size of their photo, and the background of maps that have none."""

import numpy as np

from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.data.resize import resize_scores


def upsample(
    item: ScoreMap,
    size: tuple[int, int] | None = None,
    covered: tuple[float, float] | None = None,
) -> np.ndarray:
    """The map (K, H, W) at the photo's size, float32: its scores, of a `prob` map their shares.

    With `size` on another grid, of which the photo takes `covered` rows and columns (None: all).
    Scores are interpolated (bilinear) and normalised afterwards.
    """
    size = size or item.size
    taken = item.covered or item.scores.shape[1:]
    if covered is not None:
        taken = (taken[0] * size[0] / covered[0], taken[1] * size[1] / covered[1])
    scores = resize_scores(item.scores, size, taken)
    return shares(scores) if item.kind == "prob" else scores


def shares(scores: np.ndarray) -> np.ndarray:
    """Scores (K, H, W), none negative, each as a share of their sum at its place; 0 where all
    are 0.
    """
    whole: np.ndarray = scores.sum(axis=0, keepdims=True)
    parts: np.ndarray = scores / np.maximum(whole, 1e-8)
    return parts


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
