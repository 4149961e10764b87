"""Score maps at the size of their photo, and background scores for `cam` maps, which have none."""

import numpy as np

from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.data.resize import resize_scores


def upsample(
    item: ScoreMap,
    size: tuple[int, int] | None = None,
    covered: tuple[float, float] | None = None,
) -> np.ndarray:
    """The scores of a map on a grid of `size` (H, W), float32 (K, H, W).

    `size` None is the photo's size. The photo covers the first `covered` rows and columns of this
    grid (None: all). Scores are interpolated (bilinear); those of a `prob` map are then divided by
    their sum at each pixel, so that they are probabilities.
    """
    size = size or item.size
    cells = item.covered or item.scores.shape[1:]
    if covered is not None:
        cells = (cells[0] * size[0] / covered[0], cells[1] * size[1] / covered[1])
    scores = resize_scores(item.scores, size, cells)
    return _divide_by_sum(scores) if item.kind == "prob" else scores


def _divide_by_sum(scores: np.ndarray) -> np.ndarray:
    """Scores (K, H, W) from 0, divided by their sum over K; pixels where all are 0 stay 0."""
    total: np.ndarray = scores.sum(axis=0, keepdims=True)
    probabilities: np.ndarray = scores / np.maximum(total, 1e-8)
    return probabilities


def power_background(scores: np.ndarray, alpha: float) -> np.ndarray:
    """The background (1 - max_k scores)^alpha, float32 (1, H, W) (docs/methods.md#psa).

    `scores` are those of a `cam` map (K, H, W); without classes (K = 0) the background is 1.
    """
    largest = scores.max(axis=0, initial=0.0, keepdims=True)
    background: np.ndarray = (1 - np.clip(largest, 0, 1)) ** alpha
    return background.astype(np.float32)


def decide_between_two(classes: np.ndarray, probabilities: list[np.ndarray]) -> np.ndarray:
    """PSA's confident labels, uint8 (H, W) (docs/methods.md#psa).

    `probabilities` are two arrays (K + 1, H, W) of the background and the label ids `classes` (K,):
    first with a strong background, then with a weak one. A pixel is background where that wins
    although it is weak, a class where that wins against the strong background, else IGNORE.
    """
    labels = np.concatenate([[0], classes])
    with_strong, with_weak = probabilities
    label_with_strong = labels[with_strong.argmax(axis=0)]
    label_with_weak = labels[with_weak.argmax(axis=0)]
    foreground = np.where(label_with_strong == 0, IGNORE, label_with_strong)
    return np.where(label_with_weak == 0, 0, foreground).astype(np.uint8)
