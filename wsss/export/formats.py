"""Label maps in the formats of other tools: COCO, COCO panoptic and LabelMe.

Each writer takes the index, the photos' ids with their label maps, a folder to write into, and
settings. The masks of only one photo are in memory at a time.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.measure import approximate_polygon, find_contours

from wsss.data.images import IGNORE
from wsss.data.index import Index
from wsss.data.instances import Json, categories_of, coco_lists, encode_mask, image_of
from wsss.export.settings import ExportSettings
from wsss.run.files import write_json
from wsss.run.json_lists import write_json_lists

Labels = Iterable[tuple[str, np.ndarray]]
"""photo ids and label maps, uint8 (H, W)"""
DEFAULT = ExportSettings()


def write_coco(
    index: Index, labels: Labels, folder: Path, settings: ExportSettings = DEFAULT
) -> None:
    """Write `labels.json`: an annotation for each class of a photo, its mask run-length encoded.
    Category ids are label ids.
    """
    photos = ((photo_id, map_.shape, _annotations(map_)) for photo_id, map_ in labels)
    write_json_lists(folder / "labels.json", coco_lists(index, photos))


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
    images: list[Json] = []
    lists: dict[str, Iterable[Json]] = {
        "annotations": _segmented(index, labels, folder / "panoptic", images),
        "images": images,
        "categories": [{**category, "isthing": 1} for category in categories_of(index)],
    }
    write_json_lists(folder / "panoptic.json", lists)


def _segmented(index: Index, labels: Labels, folder: Path, images: list[Json]) -> Iterator[Json]:
    """Write the PNG of each photo, and add it to `images`; its annotation, which lists its segments
    and names the PNG.
    """
    for image_id, (photo_id, map_) in enumerate(labels, start=1):
        colours = np.zeros((*map_.shape, 3), np.uint8)
        colours[..., 0] = np.where(map_ == IGNORE, 0, map_)
        Image.fromarray(colours).save(folder / f"{photo_id}.png")
        images.append(image_of(index, image_id, photo_id, map_.shape))
        segments = [_segment(row) for row in _annotations(map_)]
        yield {"image_id": image_id, "file_name": f"{photo_id}.png", "segments_info": segments}


def _segment(row: Json) -> Json:
    """A segment of the panoptic layout, from an annotation."""
    label = row["category_id"]
    return {
        "id": label,
        "category_id": label,
        "area": row["area"],
        "bbox": row["bbox"],
        "iscrowd": 0,
    }


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
