"""Label maps in the formats of other tools: COCO's JSON, COCO's panoptic PNGs and JSON, LabelMe's
polygons.

Each writer gets the index, the photos' ids with their label maps (uint8 (H, W)), and a folder to
write into.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.measure import approximate_polygon, find_contours

from wsss.data.coco import Json, coco_dataset, encode_mask
from wsss.data.images import IGNORE
from wsss.data.index import Index
from wsss.run.files import write_json

Labels = Iterable[tuple[str, np.ndarray]]
TOLERANCE = 0.5
"""pixels by which a polygon may leave the border that it follows"""


def write_coco(index: Index, labels: Labels, folder: Path) -> None:
    """`labels.json`: an annotation for each class of a photo, its mask run-length encoded; category
    ids are label ids.
    """
    photos = []
    for photo_id, map_ in labels:
        rows = []
        for label in _classes(map_):
            rows.append({"category_id": label, **encode_mask(map_ == label)})
        photos.append((photo_id, map_.shape, rows))
    write_json(folder / "labels.json", coco_dataset(index, photos))


def write_panoptic(index: Index, labels: Labels, folder: Path) -> None:
    """`panoptic.json` and `panoptic/ID.png`: one segment for each label of a photo, background and
    ignored pixels not among them; a segment's id, red + 256 green + 65536 blue in the PNG, is its
    category's.
    """
    (folder / "panoptic").mkdir(parents=True)
    photos, names = [], []
    for photo_id, map_ in labels:
        colours = np.zeros((*map_.shape, 3), np.uint8)
        colours[..., 0] = np.where(map_ == IGNORE, 0, map_)
        Image.fromarray(colours).save(folder / "panoptic" / f"{photo_id}.png")
        photos.append(
            (
                photo_id,
                map_.shape,
                [{"category_id": label, **encode_mask(map_ == label)} for label in _classes(map_)],
            )
        )
        names.append(f"{photo_id}.png")
    write_json(folder / "panoptic.json", _as_panoptic(coco_dataset(index, photos), names))


def _as_panoptic(dataset: Json, names: list[str]) -> Json:
    keep = ("category_id", "area", "bbox", "iscrowd")
    segments: dict[int, list[Json]] = {image["id"]: [] for image in dataset["images"]}
    for row in dataset["annotations"]:
        kept = {key: row[key] for key in keep}
        segments[row["image_id"]].append({"id": row["category_id"], **kept})
    annotations: list[Json] = []
    for image, name in zip(dataset["images"], names):
        number = image["id"]
        annotations.append(
            {"image_id": number, "file_name": name, "segments_info": segments[number]}
        )
    categories = [{**category, "isthing": 1} for category in dataset["categories"]]
    return {"images": dataset["images"], "categories": categories, "annotations": annotations}


def write_labelme(index: Index, labels: Labels, folder: Path) -> None:
    """`ID.json` for each photo: polygons around every region, large ones first, so that what lies
    in one comes after it.

    Holes are regions called `_background_`, ignored pixels are called `__ignore__`, as LabelMe
    names them. It looks for a photo from the JSON's folder on.
    """
    for photo_id, map_ in labels:
        shapes: list[Json] = []
        for label in np.unique(map_):
            shapes += _shapes(map_, int(label), index)
        shapes.sort(key=lambda shape: -_area(shape["points"]))
        write_json(
            folder / f"{photo_id}.json",
            {
                "version": "5.5.0",
                "flags": {},
                "shapes": shapes,
                "imageData": None,
                "imageHeight": map_.shape[0],
                "imagePath": os.path.relpath(index.image_path(index.photos[photo_id]), folder),
                "imageWidth": map_.shape[1],
            },
        )


def _classes(map_: np.ndarray) -> list[int]:
    return [int(label) for label in np.unique(map_) if 0 < label < IGNORE]


def _shapes(map_: np.ndarray, label: int, index: Index) -> list[Json]:
    """The borders of a label's regions as polygons; of the background only holes, that is, what
    does not reach the edge.
    """
    name = {0: "_background_", IGNORE: "__ignore__"}.get(label) or index.labels[label]
    padded = np.pad(map_ == label, 1)
    if label == 0:
        padded = np.pad(map_ == 0, 1, constant_values=True)
    shapes = []
    for contour in find_contours(padded.astype(np.float32), 0.5, positive_orientation="high"):
        points = approximate_polygon(contour, TOLERANCE)[:-1, ::-1] - 0.5
        if len(points) > 2 and _signed_area(points) < 0:
            shapes.append(
                {
                    "label": name,
                    "points": points.round(2).tolist(),
                    "group_id": None,
                    "description": "",
                    "shape_type": "polygon",
                    "flags": {},
                }
            )
    return shapes


def _signed_area(points: np.ndarray) -> float:
    x, y = np.asarray(points, np.float64).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _area(points: list[list[float]]) -> float:
    return abs(_signed_area(np.array(points)))
