"""How far a network trusts the mask that it makes of a photo, from its own probabilities; no true
mask is needed (docs/methods.md#photos-to-check).
"""

from collections.abc import Iterable

import numpy as np


def expected_iou(labels: np.ndarray, probabilities: np.ndarray, tags: Iterable[int] = ()) -> float:
    """The mean IoU that a photo's mask would have if its probabilities were right, in percent.

    `labels` are uint8 (H, W), `probabilities` float (K + 1, H, W), background first. Of a label
    the expected hits are the sum of its probability over its own pixels, and the expected union is
    these pixels and the sum over all others. The mean is over the labels of the mask and the `tags`
    (label ids): one without a pixel counts 0.
    """
    given = np.bincount(labels.ravel(), minlength=len(probabilities))
    counted = np.union1d(np.flatnonzero(given), np.array(list(tags), int))
    return float(np.mean([_expected(labels == k, probabilities[k]) for k in counted]))


def _expected(chosen: np.ndarray, probability: np.ndarray) -> float:
    """The expected IoU of one label in percent, from its pixels, bool (H, W), and its probability,
    float (H, W).
    """
    hits = float(probability[chosen].sum(dtype=np.float64))
    union = int(chosen.sum()) + float(probability[~chosen].sum(dtype=np.float64))
    return 100 * hits / union if union else 0.0


def shares_without_tag(untold: np.ndarray, tags: Iterable[int]) -> dict[int, float]:
    """Label id -> its share of the pixels in percent, of the classes that are no tag.

    `untold` are the labels that a network gives without knowing the tags, uint8 (H, W).
    """
    pixels = np.bincount(untold.ravel())
    others = np.setdiff1d(np.flatnonzero(pixels), [0, *tags])
    return {int(k): 100 * int(pixels[k]) / untold.size for k in others}
