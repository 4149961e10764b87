"""The score of instances against true boxes: average precision at a box IoU of 0.5 (AP50), by
pycocotools.
"""

import contextlib
import io
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

Json = dict[str, Any]


def box_precision(found: Json, truth: Json) -> Json:
    """The score of the instances in `found` against the boxes in `truth`, both COCO datasets.

    `per_class` is the AP50 of each class in percent, None without true boxes, and `ap50` the mean
    over the classes with true boxes. The boxes around the found masks are ranked by `score`. True
    boxes with `iscrowd` (VOC: difficult) count neither as missed nor against instances inside them.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its progress
        true_boxes = _as_coco(truth)
        if not found["annotations"]:
            return _summary(np.where(_present(truth), 0.0, np.nan), truth)
        found_boxes = true_boxes.loadRes([_box_of(row) for row in found["annotations"]])
        evaluation = COCOeval(true_boxes, found_boxes, "bbox")
        evaluation.params.iouThrs = np.array([0.5])
        evaluation.evaluate()
        evaluation.accumulate()
    # (levels of recall, classes), -1 where a class has no true box
    precision = evaluation.eval["precision"][0, :, :, 0, -1]
    has_boxes = (precision > -1).any(axis=0)
    return _summary(np.where(has_boxes, 100 * precision.mean(axis=0), np.nan), truth)


def _box_of(row: Json) -> Json:
    """An annotation without its mask."""
    return {key: row[key] for key in ("image_id", "category_id", "bbox", "score")}


def _as_coco(dataset: Json) -> COCO:
    coco = COCO()
    coco.dataset = dataset
    coco.createIndex()
    return coco


def _present(truth: Json) -> np.ndarray:
    """Whether each category has a true box that can be missed, bool (C,)."""
    ids = {row["category_id"] for row in truth["annotations"] if not row["iscrowd"]}
    return np.array([category["id"] in ids for category in truth["categories"]])


def _summary(values: np.ndarray, truth: Json) -> Json:
    """`ap50` and `per_class` from the values (C,) of the categories; NaN becomes None."""
    known = values[~np.isnan(values)]
    per_class = {}
    for category, value in zip(truth["categories"], values):
        per_class[category["name"]] = None if np.isnan(value) else round(float(value), 3)
    return {
        "ap50": round(float(known.mean()), 3) if len(known) else None,
        "per_class": per_class,
    }
