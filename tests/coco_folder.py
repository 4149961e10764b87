"""Writes a small dataset in COCO's layout, for tests."""

import copy
import json
from pathlib import Path

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 48, 64
CATEGORIES = [
    {"id": 90, "name": "toothbrush"},
    {"id": 1, "name": "person"},
    {"id": 13, "name": "stop sign"},
]
"""not in the order of the ids, which have gaps"""
BOX = [[10, 8, 40, 8, 40, 30, 10, 30]]
"""a polygon of 30 x 22 pixels"""
SMALL = [[20, 12, 26, 12, 26, 18, 20, 18]]
"""a polygon of 6 x 6 pixels inside BOX"""


def annotation(image_id, category_id, shape, crowd=0):
    """An annotation without an id, `area` and `bbox`, which are not read."""
    return {
        "image_id": image_id,
        "category_id": category_id,
        "segmentation": shape,
        "iscrowd": crowd,
    }


def run_lengths(pixels):
    """A mask, bool (H, W), as uncompressed RLE: counts down the columns, from zeros."""
    flat = np.asarray(pixels, bool).ravel(order="F")
    counts, value, run = [], False, 0
    for pixel in flat:
        if pixel != value:
            counts.append(run)
            value, run = pixel, 0
        run += 1
    return {"size": list(pixels.shape), "counts": [*counts, run]}


def describe_split(split, count):
    """The JSON of a split: photo 1 has nothing, 2 is grey, all but 1 have a person or two."""
    images = []
    for number in range(1, count + 1):
        name = f"{split}_{number:03d}.jpg"
        images.append({"id": number, "file_name": name, "height": HEIGHT, "width": WIDTH})
    rows = []
    for number in range(2, count + 1):
        rows.append(annotation(number, 1, BOX))
        if number % 2:
            rows.append(annotation(number, (13, 90)[number % 4 == 3], SMALL))
    return {
        "info": {},
        "images": images,
        "annotations": rows,
        "categories": copy.deepcopy(CATEGORIES),
    }


def write_coco_folder(root, change=None, counts=(10, 5), year=2017):
    """Write the folder; `change` may change the JSON of train before it is written."""
    root = Path(root)
    rng = np.random.default_rng(0)
    (root / "annotations").mkdir(parents=True)
    for split, count in zip(("train", "val"), counts):
        data = describe_split(split, count)
        photos = root / f"{split}{year}"
        photos.mkdir()
        for image in data["images"]:
            pixels = rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
            photo = Image.fromarray(pixels)
            photo = photo.convert("L") if image["id"] == 2 else photo
            photo.save(photos / image["file_name"])
        if change and split == "train":
            change(data)
        path = root / "annotations" / f"instances_{split}{year}.json"
        path.write_text(json.dumps(data))
    return root
