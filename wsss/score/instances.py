"""Instances against boxes: average precision at an overlap of one half, by pycocotools."""

import contextlib
import io
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

Json = dict[str, Any]


def box_precision(found: Json, truth: Json) -> Json:
    """`ap50` in percent, the mean over classes that have true boxes, and `per_class` (None
    without).

    Both are COCO datasets.

    The boxes around the found masks count, in the order of their `score`; a true box with `iscrowd`
    (VOC: difficult) is neither missed nor does it make what lies in it wrong.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints as it goes
        theirs = _as_coco(truth)
        if not found["annotations"]:
            return _summary(np.where(_present(truth), 0.0, np.nan), truth)
        ours = theirs.loadRes([_box_of(row) for row in found["annotations"]])
        evaluation = COCOeval(theirs, ours, "bbox")
        evaluation.params.iouThrs = np.array([0.5])
        evaluation.evaluate()
        evaluation.accumulate()
    # recalls x classes, -1 where a class has no true box
    precision = evaluation.eval["precision"][0, :, :, 0, -1]
    has_boxes = (precision > -1).any(axis=0)
    return _summary(np.where(has_boxes, 100 * precision.mean(axis=0), np.nan), truth)


def _box_of(row: Json) -> Json:
    """What the score needs of an instance."""
    return {key: row[key] for key in ("image_id", "category_id", "bbox", "score")}


def _as_coco(dataset: Json) -> COCO:
    coco = COCO()
    coco.dataset = dataset
    coco.createIndex()
    return coco


def _present(truth: Json) -> np.ndarray:
    has = {row["category_id"] for row in truth["annotations"] if not row["iscrowd"]}
    return np.array([category["id"] in has for category in truth["categories"]])


def _summary(values: np.ndarray, truth: Json) -> Json:
    known = values[~np.isnan(values)]
    per_class = {}
    for category, value in zip(truth["categories"], values):
        per_class[category["name"]] = None if np.isnan(value) else round(float(value), 3)
    return {
        "ap50": round(float(known.mean()), 3) if len(known) else None,
        "per_class": per_class,
    }
