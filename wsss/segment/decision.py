"""Labels from probabilities, and smoothing priors that decide whole regions or within boxes
(docs/methods.md#mil). All is numpy, label 0 is the background.
"""

import numpy as np
from scipy import ndimage

from wsss.data.regions import sizes_of_regions, sums_in_regions

NOT_ALLOWED, OTHERWISE = -2.0, -1.0
"""in place of probabilities: of a class that a pixel cannot have, and of the background, which wins
against these alone"""


def decide(probabilities: np.ndarray, least: np.ndarray) -> np.ndarray:
    """The largest label, uint8 (...), of probabilities (K + 1, ...); background where it is below
    `least` (K + 1,), the thresholds of the labels.
    """
    labels = probabilities.argmax(axis=0)
    certain = probabilities.max(axis=0) >= least[labels]
    return np.where(certain, labels, 0).astype(np.uint8)


def decide_regions(probabilities: np.ndarray, regions: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Labels, uint8 (H, W): each region takes the label that `decide` gives to its mean
    probabilities. `probabilities` are (K + 1, H, W), `regions` ids (H, W).
    """
    sizes = np.maximum(sizes_of_regions(regions), 1)
    means = sums_in_regions(probabilities, regions) / sizes
    labels: np.ndarray = decide(means, least)[regions]
    return labels


def vote_in_regions(labels: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Labels, uint8 (H, W): each region takes the label that most of its pixels have, the lowest of
    several. `labels` are (H, W), `regions` ids (H, W).
    """
    most = int(labels.max()) + 1
    pairs = regions.astype(np.int64) * most + labels
    votes = np.bincount(pairs.ravel(), minlength=most * (int(regions.max()) + 1))
    winners = votes.reshape(-1, most).argmax(axis=1).astype(np.uint8)
    labels_now: np.ndarray = winners[regions]
    return labels_now


def decide_in_boxes(probabilities: np.ndarray, spanning: float, least: np.ndarray) -> np.ndarray:
    """Labels, uint8 (H, W), of probabilities (K + 1, H, W): a class can only be in its boxes
    (`box_area`). A pixel takes the largest class whose box it is in and that is not below `least`
    (K + 1,), else background, whose own probability does not count.
    """
    allowed = np.full(probabilities.shape, NOT_ALLOWED, np.float32)
    allowed[0] = OTHERWISE
    for label in range(1, len(probabilities)):
        plane = probabilities[label]
        inside = box_area(plane >= spanning) & (plane >= least[label])
        allowed[label][inside] = plane[inside]
    labels: np.ndarray = allowed.argmax(axis=0).astype(np.uint8)
    return labels


def box_area(pixels: np.ndarray) -> np.ndarray:
    """The area of the bounding boxes, bool (H, W), of all 4-connected pieces of pixels, bool
    (H, W).
    """
    area = np.zeros_like(pixels)
    pieces, _ = ndimage.label(pixels)
    for box in ndimage.find_objects(pieces):
        area[box] = True
    return area
