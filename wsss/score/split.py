"""The score of a whole split: label maps or score maps against masks, photo by photo."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from wsss.data.images import IGNORE
from wsss.data.index import Photo
from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader
from wsss.errors import UserError
from wsss.labels.background import upsampled
from wsss.score.confusion import confusion, summary
from wsss.score.curve import ThresholdCurve

Pairs = Iterable[tuple[Photo, np.ndarray]]


def score_labels(folder: LabelFolder, pairs: Pairs, labels: tuple[str, ...]) -> dict[str, Any]:
    """The summary of label maps; 255 in a label map counts as no prediction."""
    matrix = np.zeros((len(labels), len(labels) + 1), np.int64)
    for photo, truth in pairs:
        predicted = folder[photo.id]
        foreign = (predicted >= len(labels)) & (predicted != IGNORE)
        if predicted.shape != truth.shape or foreign.any():
            what = (f"{predicted.shape[::-1]} pixels, its mask {truth.shape[::-1]}" if not foreign.any() else
                    f"label {predicted[foreign][0]} of a dataset with {len(labels) - 1} classes")
            raise UserError(f"label map {folder.path(photo.id)} has {what}; remake it")
        matrix += confusion(predicted, truth, len(labels))
    return {**summary(matrix, labels), "confusion": matrix.tolist()}


def score_maps(reader: MapReader, pairs: Pairs, labels: tuple[str, ...]) -> dict[str, Any]:
    """The summary of score maps at the photos' size: a threshold curve for `cam` maps, the argmax for `prob` maps."""
    curve, matrix, kind = ThresholdCurve(labels), np.zeros((len(labels), len(labels) + 1), np.int64), "cam"
    for photo, truth in pairs:
        item = reader[photo.id]
        scores, kind = upsampled(item, (truth.shape[0], truth.shape[1])), item.kind
        if kind == "cam":
            curve.add(item.labels, scores, truth)
        else:
            matrix += confusion(item.labels[scores.argmax(axis=0)], truth, len(labels))
    return {"kind": kind, **(curve.summary() if kind == "cam" else summary(matrix, labels))}
