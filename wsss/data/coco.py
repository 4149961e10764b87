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
    images: list[Json] = []
    annotations: list[Json] = []
    for number, (photo_id, (height, width), rows) in enumerate(photos, start=1):
        name = index.photos[photo_id].image
        images.append({"id": number, "file_name": name, "width": width, "height": height})
        for row in rows:
            crowd = row.get("iscrowd", 0)
            annotation = {"id": len(annotations) + 1, **row, "image_id": number, "iscrowd": crowd}
            annotations.append(annotation)
    categories: list[Json] = []
    for number, name in enumerate(index.classes, start=1):
        categories.append({"id": number, "name": name})
    return {"images": images, "categories": categories, "annotations": annotations}
