"""Instances as COCO's JSON; masks are run-length encoded (RLE) by pycocotools."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import numpy as np
from pycocotools import mask as rle

from wsss.data.index import Index

Json = dict[str, Any]
Photos = Iterable[tuple[str, tuple[int, int], list[Json]]]
"""of each photo its id, size (H, W) and annotations; these have `category_id`, a label id, and the
keys of `encode_mask`"""


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


def coco_dataset(index: Index, photos: Photos) -> Json:
    """The JSON of a whole dataset of `photos`."""
    parts = coco_lists(index, photos)
    return {name: list(rows) for name, rows in parts.items()}


def coco_lists(index: Index, photos: Photos) -> dict[str, Iterable[Json]]:
    """The lists of that JSON, to be read in their order. Annotations are made while they are read,
    and the images are those whose annotations were read.
    """
    images: list[Json] = []
    return {
        "annotations": _annotations(index, photos, images),
        "images": images,
        "categories": categories_of(index),
    }


def categories_of(index: Index) -> list[Json]:
    """The classes; their ids are label ids."""
    return [{"id": label, "name": name} for label, name in enumerate(index.classes, start=1)]


def image_of(index: Index, image_id: int, photo_id: str, size: tuple[int, ...]) -> Json:
    """The row of a photo of a size (H, W)."""
    height, width = size
    name = index.photos[photo_id].image
    return {"id": image_id, "file_name": name, "width": width, "height": height}


def _annotations(index: Index, photos: Photos, images: list[Json]) -> Iterator[Json]:
    """The annotations of all photos, with their ids, `image_id` and `iscrowd`; adds each photo to
    `images`.
    """
    ids = count(1)
    for image_id, (photo_id, size, rows) in enumerate(photos, start=1):
        images.append(image_of(index, image_id, photo_id, size))
        for row in rows:
            yield {"id": next(ids), "iscrowd": 0, **row, "image_id": image_id}
