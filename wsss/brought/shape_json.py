"""Reads strokes, clicks and boxes from JSON: LabelMe's, COCO's, and clicks by photo."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wsss.brought.shape import OTHER, Shape, make_shape, unreadable_shapes
from wsss.run.files import MALFORMED, read_json

EXPECTED = (
    "LabelMe's JSON (shapes), COCO's (images, categories, annotations with bbox), or clicks "
    "{photo: [{x, y, cls}]}"
)
LABELME_FORMS = {
    "linestrip": "scribble",
    "line": "scribble",
    "point": "points",
    "points": "points",
    "rectangle": "boxes",
}
"""shape_type of LabelMe -> kind of annotation; other shapes are OTHER"""
CLASS_KEYS = ("cls", "label", "class", "category")
"""possible keys of the class of a click"""


def read_json_shapes(path: Path) -> list[Shape]:
    """The shapes of a JSON; UserError for a file of another form."""
    try:
        data = read_json(path)
        if not isinstance(data, dict):
            raise ValueError("it is a list, as COCO's results, which are predictions, are")
        if "shapes" in data:
            return list(_read_labelme(data, path))
        if "annotations" in data:
            return list(_read_coco(data, path.name))
        return list(_read_clicks(data, path.name))
    except MALFORMED as error:
        raise unreadable_shapes(path, error, EXPECTED)


def _read_labelme(data: Mapping[str, Any], path: Path) -> Iterator[Shape]:
    """The shapes of a file of LabelMe, which is of one photo."""
    image = str(data.get("imagePath") or path.stem).replace("\\", "/").rsplit("/", 1)[-1]
    for number, shape in enumerate(data["shapes"], start=1):
        where = f"{path.name} shape {number}"
        kind, points = LABELME_FORMS.get(shape["shape_type"], OTHER), shape["points"]
        if kind == "boxes":
            across, down = zip(*points)
            points = [(min(across), min(down)), (max(across), max(down))]
        if kind != "points":
            yield make_shape(image, kind, shape["label"], points, where)
            continue
        for point in points:
            yield make_shape(image, kind, shape["label"], [point], where)


def _read_coco(data: Mapping[str, Any], name: str) -> Iterator[Shape]:
    """The boxes of COCO's JSON; crowds have none, because theirs are not of one object."""
    names = {category["id"]: category["name"] for category in data["categories"]}
    images = {image["id"]: image["file_name"] for image in data["images"]}
    for number, row in enumerate(data["annotations"], start=1):
        if row.get("iscrowd"):
            continue
        where = f"{name} annotation {row.get('id', number)}"
        left, top, width, height = row["bbox"]
        corners = [(left, top), (left + width, top + height)]
        yield make_shape(
            images[row["image_id"]], "boxes", names[row["category_id"]], corners, where
        )


def _read_clicks(data: Mapping[str, Any], name: str) -> Iterator[Shape]:
    """Clicks by photo, in the format of What's the Point."""
    for image, clicks in data.items():
        for number, click in enumerate(clicks, start=1):
            label = next((click[key] for key in CLASS_KEYS if key in click), None)
            where = f"{name} {image} click {number}"
            yield make_shape(image, "points", label, [(click["x"], click["y"])], where)
