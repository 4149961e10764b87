"""What a label map says where the labeller is in doubt (docs/methods.md#doubtful-labels): tags that
lost everywhere, borders, and the second most likely label.
"""

import numpy as np
from scipy import ndimage

from wsss.data.images import IGNORE

KEPT_FROM = 0.5
"""a lost class gets pixels from this share of its largest score"""


def keep_lost_classes(labels: np.ndarray, classes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """A label map, uint8 (H, W), in which lost ones of `classes` (K,) have pixels again.

    `scores` are those of the classes, float (K, H, W) from 0, before they were sharpened: a CRF
    leaves a lost class a few random pixels at most. A class without a pixel gets its best region.
    Pixels of another class are left out of that where the other class has no more than these.
    Classes without a score above 0 stay lost. The order is by id.
    """
    kept = labels.copy()
    for channel in np.argsort(classes):
        lost = not (kept == classes[channel]).any()
        if lost and scores[channel].any():
            kept[_free(best_region(scores[channel]), kept)] = classes[channel]
    return kept


def best_region(scores: np.ndarray) -> np.ndarray:
    """The 4-connected pixels, bool (H, W), around the largest of `scores`, float (H, W), that have
    at least half of it. It must be above 0. Of several largest ones the first counts.
    """
    peak = scores.argmax()
    pieces, _ = ndimage.label(scores >= KEPT_FROM * scores.flat[peak])
    region: np.ndarray = pieces == pieces.flat[peak]
    return region


def _free(region: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The pixels of `region`, bool (H, W), without those of classes that have no others."""
    free = region.copy()
    for label in np.unique(labels[region]):
        if label not in (0, IGNORE) and not ((labels == label) & ~region).any():
            free[labels == label] = False
    return free


def ignore_borders(labels: np.ndarray, reach: int) -> np.ndarray:
    """A label map, uint8 (H, W), with IGNORE where another label is at most `reach` pixels away, by
    rows and by columns (chessboard distance). IGNORE is no label here.
    """
    known = labels != IGNORE
    highest = ndimage.maximum_filter(np.where(known, labels, 0), size=2 * reach + 1)
    lowest = ndimage.minimum_filter(labels, size=2 * reach + 1)
    return np.where(highest > lowest, IGNORE, labels).astype(np.uint8)


def probability_of(labels: np.ndarray, ids: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The probability of each pixel's label, float (H, W), from those of all `ids` (K,), float
    (K, H, W). The labels are uint8 (H, W), each one of the ids; for IGNORE the value means nothing.
    """
    channel = np.zeros(256, np.int64)
    channel[ids] = np.arange(len(ids))
    picked: np.ndarray = np.take_along_axis(probabilities, channel[labels][None], axis=0)[0]
    return picked


def runner_up(labels: np.ndarray, ids: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The most likely label besides each pixel's own, uint8 (H, W); where the label is IGNORE, the
    most likely of all. With one id it is that id.

    `labels` are uint8 (H, W), and `probabilities` of the `ids` (K,) float (K, H, W).
    """
    others = np.where(ids[:, None, None] == labels, -1, probabilities)
    second: np.ndarray = ids[others.argmax(axis=0)].astype(np.uint8)
    return second
