"""Reads files of areas that people drew: LabelMe's and COCO's JSON, Label Studio's, and CVAT's XML
for images.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from wsss.brought.area_xml import read_cvat
from wsss.brought.areas import Area, Drawing, check_pixels, rectangle, shape_of_mask, shape_of_part
from wsss.brought.bitmap_codes import decode_label_studio, decode_labelme
from wsss.brought.shape import unreadable_shapes
from wsss.brought.tables import clean
from wsss.run.files import MALFORMED, read_json

EXPECTED = (
    "LabelMe's JSON (shapes), COCO's (images, categories, annotations with segmentation), Label "
    "Studio's (a list of tasks), or CVAT's XML for images"
)
ENDINGS = (".json", ".xml")
CIRCLE = 64
"""corners of the polygon that stands for a circle"""
Json = Mapping[str, Any]


def read_drawings(path: Path) -> list[Drawing]:
    """The drawings in a file, one for each photo; UserError for a file of another form.

    A photo of COCO, of Label Studio or of CVAT without any area has no drawing: nobody may have
    looked at it yet. LabelMe's file of a photo without areas says that all is background.
    """
    try:
        if path.suffix.lower() == ".xml":
            return list(read_cvat(path))
        data = read_json(path)
        if isinstance(data, list):
            return list(_read_label_studio(data, path.name))
        if "shapes" in data:
            return [_read_labelme(data, path)]
        return list(_read_coco(data, path.name))
    except MALFORMED as error:
        raise unreadable_shapes(path, error, EXPECTED)


def read_drawing_rows(path: Path) -> list[Any]:
    """The drawings of a file as JSON values, for the cache."""
    rows = []
    for drawing in read_drawings(path):
        areas = [[area.label, area.shape, area.where] for area in drawing.areas]
        rows.append([drawing.image, drawing.size, areas, drawing.by_size])
    return rows


def drawing_of_row(row: list[Any]) -> Drawing:
    """The drawing of a row of `read_drawing_rows`."""
    image, size, areas, by_size = row
    return Drawing(image, tuple(size) if size else None, tuple(Area(*a) for a in areas), by_size)


def _read_labelme(data: Json, path: Path) -> Drawing:
    """The drawing of a file of LabelMe, which is of one photo."""
    image = str(data.get("imagePath") or path.stem).replace("\\", "/")
    size = None
    if data.get("imageHeight") and data.get("imageWidth"):
        size = int(data["imageHeight"]), int(data["imageWidth"])
    areas = []
    for number, shape in enumerate(data["shapes"], start=1):
        where = f"{path.name} shape {number}"
        areas.append(Area(clean(str(shape["label"])), _labelme_shape(shape, size, where), where))
    return Drawing(clean(image), size, tuple(areas))


def _labelme_shape(shape: Json, size: tuple[int, int] | None, where: str) -> Any:
    """The shape of LabelMe's polygon, rectangle, circle or mask; ValueError for others."""
    form, points = shape.get("shape_type", "polygon"), np.array(shape["points"], float)
    if form == "polygon":
        return [points.ravel().tolist()]
    if form == "rectangle":
        return [rectangle(*points.min(axis=0), *points.max(axis=0))]
    if form == "circle":
        return [_circle(points[0], float(np.hypot(*(points[1] - points[0]))))]
    if form != "mask" or size is None:
        raise ValueError(f"{where} is a {form}, which has no area")
    left, top = np.round(points[0]).astype(int)
    return shape_of_part(decode_labelme(shape["mask"]), (left, top), size, where)


def _circle(centre: np.ndarray, radius: float) -> list[float]:
    angles = np.arange(CIRCLE) * 2 * np.pi / CIRCLE
    points = centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found: list[float] = points.ravel().tolist()
    return found


def _read_coco(data: Json, name: str) -> Iterator[Drawing]:
    """The drawings of COCO's JSON; a crowd is an area whose class is not known."""
    names = {category["id"]: str(category["name"]) for category in data["categories"]}
    areas: dict[Any, list[Area]] = {image["id"]: [] for image in data["images"]}
    for number, row in enumerate(data["annotations"], start=1):
        where = f"{name} annotation {row.get('id', number)}"
        label = "255" if row.get("iscrowd") else clean(names[row["category_id"]])
        areas[row["image_id"]].append(Area(label, row["segmentation"], where))
    for image in data["images"]:
        found = tuple(areas[image["id"]])
        size = int(image["height"]), int(image["width"])
        if found:
            yield Drawing(clean(str(image["file_name"])), size, found, by_size=True)


def _read_label_studio(tasks: list[Any], name: str) -> Iterator[Drawing]:
    """The drawings of Label Studio's list of tasks: the last annotation of each, else the last
    prediction.
    """
    for number, task in enumerate(tasks, start=1):
        made = task.get("annotations") or task.get("predictions") or []
        results = made[-1]["result"] if made else []
        where, sizes, areas = f"{name} task {task.get('id', number)}", set(), []
        for result in results:
            value, kind = result["value"], result["type"]
            if kind not in ("brushlabels", "polygonlabels", "rectanglelabels"):
                continue
            size = int(result["original_height"]), int(result["original_width"])
            check_pixels(size, where)
            sizes.add(size)
            shape = _label_studio_shape(kind, value, size)
            areas.append(Area(clean(str(value[kind][0])), shape, where))
        if len(sizes) > 1:
            raise ValueError(f"{where} has shapes of photos of different sizes")
        if areas:
            image = next(iter(task["data"].values()))
            yield Drawing(clean(str(image)), sizes.pop(), tuple(areas))


def _label_studio_shape(kind: str, value: Json, size: tuple[int, int]) -> Any:
    """The shape of Label Studio's brush, polygon or rectangle, whose units are percent."""
    if kind == "brushlabels":
        return shape_of_mask(decode_label_studio(value["rle"], size))
    unit = np.array([size[1], size[0]]) / 100
    if kind == "polygonlabels":
        points: list[float] = (np.array(value["points"], float) * unit).ravel().tolist()
        return [points]
    left, top = np.array([value["x"], value["y"]], float) * unit
    width, height = np.array([value["width"], value["height"]], float) * unit
    return [rectangle(left, top, left + width, top + height)]
