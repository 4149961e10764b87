"""Instances as COCO's JSON; masks are run-length encoded (RLE) by pycocotools."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from pycocotools import mask as rle

from wsss.data.index import Index

Json = dict[str, Any]


def encode_mask(mask: np.ndarray) -> Json:
    """The keys of a COCO annotation that describe a mask, bool (H, W).

    `segmentation` is RLE with its counts as text, `area` is in pixels, `bbox` is [x, y, width,
    height] in pixels.
    """
    code = rle.encode(np.asfortranarray(mask, dtype=np.uint8))
    area, box = int(rle.area(code)), [float(v) for v in rle.toBbox(code)]
    return {
        "segmentation": {"size": [int(v) for v in code["size"]], "counts": code["counts"].decode()},
        "area": area,
        "bbox": box,
    }


def decode_mask(segmentation: Json) -> np.ndarray:
    """The mask, bool (H, W), of a `segmentation` of compressed run lengths, as text or as bytes."""
    counts = segmentation["counts"]
    given = counts.encode() if isinstance(counts, str) else counts
    mask: np.ndarray = rle.decode({"size": segmentation["size"], "counts": given})
    return mask.astype(bool)


def coco_dataset(index: Index, photos: Iterable[tuple[str, tuple[int, int], list[Json]]]) -> Json:
    """The JSON of a whole dataset.

    `photos` gives each photo's id, size (H, W) and annotations. Annotations have `category_id`, a
    label id, and the keys of `encode_mask`; their ids, `image_id` and `iscrowd` are added here.
    """
    images: list[Json] = []
    annotations: list[Json] = []
    for image_id, (photo_id, (height, width), rows) in enumerate(photos, start=1):
        name = index.photos[photo_id].image
        images.append({"id": image_id, "file_name": name, "width": width, "height": height})
        for row in rows:
            crowd = row.get("iscrowd", 0)
            annotation = {"id": len(annotations) + 1, **row, "image_id": image_id, "iscrowd": crowd}
            annotations.append(annotation)
    categories: list[Json] = []
    for label, name in enumerate(index.classes, start=1):
        categories.append({"id": label, "name": name})
    return {"images": images, "categories": categories, "annotations": annotations}
