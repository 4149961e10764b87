"""The score of a split: label maps or score maps against true masks, summed over all photos."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from wsss.data.backgrounds import upsample
from wsss.data.images import IGNORE, read_labels
from wsss.data.index import Index
from wsss.data.label_checks import check_labels
from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader, ScoreMap
from wsss.data.photo import Photo
from wsss.run.errors import UserError
from wsss.score.bootstrap import Counts, count_pixels, interval
from wsss.score.boundary import BoundaryIou
from wsss.score.confusion import confusion, summary
from wsss.score.curve import FIXED, ThresholdCurve, at_threshold

Pairs = Iterable[tuple[Photo, np.ndarray]]
"""photos and their masks, uint8 (H, W)"""


def read_truths(
    index: Index, photos: Iterable[Photo], other: LabelFolder | None = None
) -> Iterator[tuple[Photo, np.ndarray]]:
    """Each photo with its mask, or with its label map in `other`, which takes the mask's place."""
    for photo in photos:
        if other is None:
            yield photo, read_labels(index.mask_path(photo))
        else:
            labels = other[photo.id]
            check_labels(index, photo, labels, f"label map {other.path(photo.id)}")
            yield photo, labels


def score_labels(
    folder: LabelFolder, pairs: Pairs, labels: tuple[str, ...]
) -> tuple[dict[str, Any], Counts]:
    """The score of label maps, and each photo's counts.

    The score is the summary of wsss.score.confusion, with the boundary IoU, the 95 % bootstrap
    interval of the mIoU, and the confusion matrix. 255 in a label map is no prediction. A UserError
    names a label map that does not fit its mask or the dataset.
    """
    matrix = np.zeros((len(labels), len(labels) + 1), np.int64)
    rows, boundary = {}, BoundaryIou(len(labels))
    for photo, truth in pairs:
        predicted = folder[photo.id]
        _require_fitting(predicted, truth, len(labels), folder.path(photo.id))
        own = confusion(predicted, truth, len(labels))
        matrix, rows[photo.id] = matrix + own, count_pixels(own)
        boundary.add(predicted, truth)
    counts = Counts.of(rows, len(labels))
    return {
        **summary(matrix, labels),
        "boundary_miou": boundary.mean(matrix.sum(axis=1) > 0),
        "interval": interval(counts),
        "confusion": matrix.tolist(),
    }, counts


def _require_fitting(predicted: np.ndarray, truth: np.ndarray, labels: int, path: Path) -> None:
    """Refuse a label map with ids that the dataset lacks, or of another size than the mask."""
    foreign = (predicted >= labels) & (predicted != IGNORE)
    if foreign.any():
        problem = f"label {predicted[foreign][0]} of a dataset with {labels - 1} classes"
    elif predicted.shape != truth.shape:
        problem = f"{predicted.shape[::-1]} pixels, its mask {truth.shape[::-1]}"
    else:
        return
    raise UserError(f"label map {path} has {problem}; remake it")


def score_maps(
    reader: MapReader, pairs: Pairs, labels: tuple[str, ...]
) -> tuple[dict[str, Any], Counts]:
    """The score of score maps at the photos' size, and each photo's counts.

    `prob` maps are scored by the label that wins: the summary of wsss.score.confusion. `cam` maps
    are scored by a threshold curve (wsss.score.curve); their counts and the 95 % bootstrap interval
    are those at the fixed threshold.
    """
    curve, kind = ThresholdCurve(labels), "cam"
    matrix = np.zeros((len(labels), len(labels) + 1), np.int64)
    rows = {}
    for photo, truth in pairs:
        item = reader[photo.id]
        scores, kind = upsample(item, (truth.shape[0], truth.shape[1])), item.kind
        if kind == "cam":
            curve.add(item.labels, scores, truth)
        own = confusion(winners(item, scores), truth, len(labels))
        matrix, rows[photo.id] = matrix + own, count_pixels(own)
    counts = Counts.of(rows, len(labels))
    figures = curve.summary() if kind == "cam" else summary(matrix, labels)
    return {"kind": kind, **figures, "interval": interval(counts)}, counts


def winners(item: ScoreMap, scores: np.ndarray) -> np.ndarray:
    """The label id of each pixel (H, W) by the map's `scores` (K, H, W): the label with the largest
    score; in a `cam` map background where that is 0.20 or less.
    """
    if item.kind == "cam":
        return at_threshold(item.labels, scores, FIXED)
    return np.asarray(item.labels[scores.argmax(axis=0)])
