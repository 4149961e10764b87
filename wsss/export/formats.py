"""Label maps in the formats of other tools: COCO, COCO panoptic and LabelMe.

Each writer takes the index, the photos' ids with their label maps, a folder to write into, and
settings.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.measure import approximate_polygon, find_contours

from wsss.data.images import IGNORE
from wsss.data.index import Index
from wsss.data.instances import Json, coco_dataset, encode_mask
from wsss.export.settings import ExportSettings
from wsss.run.files import write_json

Labels = Iterable[tuple[str, np.ndarray]]
"""photo ids and label maps, uint8 (H, W)"""
DEFAULT = ExportSettings()


def write_coco(
    index: Index, labels: Labels, folder: Path, settings: ExportSettings = DEFAULT
) -> None:
    """Write `labels.json`: an annotation for each class of a photo, its mask run-length encoded.
    Category ids are label ids.
    """
    photos = [(photo_id, map_.shape, _annotations(map_)) for photo_id, map_ in labels]
    write_json(folder / "labels.json", coco_dataset(index, photos))


def _annotations(map_: np.ndarray) -> list[Json]:
    """An annotation for each class in a label map."""
    classes = [int(label) for label in np.unique(map_) if 0 < label < IGNORE]
    return [{"category_id": label, **encode_mask(map_ == label)} for label in classes]


def write_panoptic(
    index: Index, labels: Labels, folder: Path, settings: ExportSettings = DEFAULT
) -> None:
    """Write `panoptic.json` and a `panoptic/ID.png` for each photo, with a segment for each class.

    The id of a segment is its label id; a PNG has ids as red + 256 * green + 65536 * blue.
    Background and ignored pixels have the id 0, which is no segment.
    """
    (folder / "panoptic").mkdir(parents=True)
    photos, names = [], []
    for photo_id, map_ in labels:
        colours = np.zeros((*map_.shape, 3), np.uint8)
        colours[..., 0] = np.where(map_ == IGNORE, 0, map_)
        Image.fromarray(colours).save(folder / "panoptic" / f"{photo_id}.png")
        photos.append((photo_id, map_.shape, _annotations(map_)))
        names.append(f"{photo_id}.png")
    write_json(folder / "panoptic.json", _as_panoptic(coco_dataset(index, photos), names))


def _as_panoptic(dataset: Json, names: list[str]) -> Json:
    """A COCO dataset in the panoptic layout: an annotation for each image, which lists its segments
    and names its PNG (`names`, in the order of the images).
    """
    keep = ("category_id", "area", "bbox", "iscrowd")
    segments: dict[int, list[Json]] = {image["id"]: [] for image in dataset["images"]}
    for row in dataset["annotations"]:
        kept = {key: row[key] for key in keep}
        segments[row["image_id"]].append({"id": row["category_id"], **kept})
    annotations: list[Json] = []
    for image, name in zip(dataset["images"], names):
        image_id = image["id"]
        annotations.append(
            {"image_id": image_id, "file_name": name, "segments_info": segments[image_id]}
        )
    categories = [{**category, "isthing": 1} for category in dataset["categories"]]
    return {"images": dataset["images"], "categories": categories, "annotations": annotations}


def write_labelme(
    index: Index, labels: Labels, folder: Path, settings: ExportSettings = DEFAULT
) -> None:
    """Write an `ID.json` for each photo: a polygon around every region.

    LabelMe draws polygons in their order, so large ones come first and holes in them later. A hole
    is a region `_background_`; ignored pixels are regions `__ignore__`. The path of the photo is
    relative to the JSON's folder.
    """
    for photo_id, map_ in labels:
        shapes: list[Json] = []
        for label in np.unique(map_):
            shapes += _shapes(map_, int(label), index, settings.tolerance)
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


def _shapes(map_: np.ndarray, label: int, index: Index, tolerance: float) -> list[Json]:
    """The outer borders of a label's regions as polygons, which leave the borders by at most
    `tolerance` pixels. Background that reaches the edge of the photo has none.
    """
    name = {0: "_background_", IGNORE: "__ignore__"}.get(label) or index.labels[label]
    padded = np.pad(map_ == label, 1)
    if label == 0:
        padded = np.pad(map_ == 0, 1, constant_values=True)
    shapes = []
    for contour in find_contours(padded.astype(np.float32), 0.5, positive_orientation="high"):
        points = approximate_polygon(contour, tolerance)[:-1, ::-1] - 0.5
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
    """The area of a polygon with corners (n, 2); its sign tells the sense of rotation."""
    x, y = np.asarray(points, np.float64).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _area(points: list[list[float]]) -> float:
    return abs(_signed_area(np.array(points)))
