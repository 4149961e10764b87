"""Instances in COCO's JSON: images, categories and annotations whose masks are run-length encoded
by pycocotools.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from pycocotools import mask as rle

from wsss.data.index import Index

Json = dict[str, Any]


def encode_mask(mask: np.ndarray) -> Json:
    """`segmentation` (RLE, its counts as text), `area` in pixels, `bbox` [x, y, width, height] of a
    bool (H, W) mask.
    """
    code = rle.encode(np.asfortranarray(mask, dtype=np.uint8))
    area, box = int(rle.area(code)), [float(v) for v in rle.toBbox(code)]
    return {
        "segmentation": {"size": [int(v) for v in code["size"]], "counts": code["counts"].decode()},
        "area": area,
        "bbox": box,
    }


def decode_mask(segmentation: Json) -> np.ndarray:
    """The bool (H, W) mask of a `segmentation`."""
    return rle.decode({**segmentation, "counts": segmentation["counts"].encode()}).astype(bool)  # type: ignore


def coco_dataset(index: Index, photos: Iterable[tuple[str, tuple[int, int], list[Json]]]) -> Json:
    """The whole dataset, from each photo's id, size (H, W) and annotations without ids; a
    category's id is its label id.
    """
    images, annotations = [], []
    for number, (photo_id, (height, width), rows) in enumerate(photos, start=1):
        images.append(
            {
                "id": number,
                "file_name": index.photos[photo_id].image,
                "width": width,
                "height": height,
            }
        )
        annotations += [
            {**row, "image_id": number, "iscrowd": row.get("iscrowd", 0)} for row in rows
        ]
    annotations = [{"id": number, **row} for number, row in enumerate(annotations, start=1)]
    categories = [
        {"id": number, "name": name} for number, name in enumerate(index.classes, start=1)
    ]
    return {"images": images, "categories": categories, "annotations": annotations}
