"""The score of a whole split: label maps or score maps against masks, photo by photo."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from wsss.data.backgrounds import upsample
from wsss.data.checks import check_labels
from wsss.data.images import IGNORE, read_labels
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader, ScoreMap
from wsss.data.photo import Photo
from wsss.run.errors import UserError
from wsss.score.bootstrap import Counts, count_pixels, interval
from wsss.score.boundary import BoundaryIou
from wsss.score.confusion import confusion, summary
from wsss.score.curve import FIXED, ThresholdCurve, at_threshold

Pairs = Iterable[tuple[Photo, np.ndarray]]


def read_truths(
    index: Index, photos: Sequence[Photo], other: LabelFolder | None = None
) -> Iterator[tuple[Photo, np.ndarray]]:
    """Each photo and what it is scored against, uint8 (H, W): its mask, or its label map in
    `other`.
    """
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
    """The summary of label maps, with boundary IoU and the 95 % interval over photos, and each
    photo's counts.

    255 in a label map counts as no prediction.
    """
    matrix, rows, boundary = (
        np.zeros((len(labels), len(labels) + 1), np.int64),
        {},
        BoundaryIou(len(labels)),
    )
    for photo, truth in pairs:
        predicted = folder[photo.id]
        foreign = (predicted >= len(labels)) & (predicted != IGNORE)
        if predicted.shape != truth.shape or foreign.any():
            what = (
                f"{predicted.shape[::-1]} pixels, its mask {truth.shape[::-1]}"
                if not foreign.any()
                else f"label {predicted[foreign][0]} of a dataset with {len(labels) - 1} classes"
            )
            raise UserError(f"label map {folder.path(photo.id)} has {what}; remake it")
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


def score_maps(
    reader: MapReader, pairs: Pairs, labels: tuple[str, ...]
) -> tuple[dict[str, Any], Counts]:
    """The summary of score maps at the photos' size and each photo's counts: a threshold curve for
    `cam` maps, whose counts are those at the fixed threshold, the argmax for `prob` maps.
    """
    curve, matrix, kind = (
        ThresholdCurve(labels),
        np.zeros((len(labels), len(labels) + 1), np.int64),
        "cam",
    )
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
    """The label id of each pixel (H, W) by the map's `scores` (K, H, W): the largest, of a `cam`
    map if above 0.20.
    """
    if item.kind == "cam":
        return at_threshold(item.labels, scores, FIXED)
    return np.asarray(item.labels[scores.argmax(axis=0)])
