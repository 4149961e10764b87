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
        ours = theirs.loadRes(
            [
                {key: row[key] for key in ("image_id", "category_id", "bbox", "score")}
                for row in found["annotations"]
            ]
        )
        evaluation = COCOeval(theirs, ours, "bbox")
        evaluation.params.iouThrs = np.array([0.5])
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][
        0, :, :, 0, -1
    ]  # recalls x classes, -1 where a class has no true box
    return _summary(
        np.where((precision > -1).any(axis=0), 100 * precision.mean(axis=0), np.nan), truth
    )


def _as_coco(dataset: Json) -> COCO:
    coco = COCO()
    coco.dataset = dataset
    coco.createIndex()
    return coco


def _present(truth: Json) -> np.ndarray:
    has = {row["category_id"] for row in truth["annotations"] if not row["iscrowd"]}
    return np.array([category["id"] in has for category in truth["categories"]])


def _summary(values: np.ndarray, truth: Json) -> Json:
    names = [category["name"] for category in truth["categories"]]
    known = values[~np.isnan(values)]
    return {
        "ap50": round(float(known.mean()), 3) if len(known) else None,
        "per_class": {
            name: None if np.isnan(v) else round(float(v), 3) for name, v in zip(names, values)
        },
    }
