"""The boxes that are known of a photo in an index: values, or VOC's XML."""

import xml.etree.ElementTree as ElementTree
from typing import Any

from wsss.brought.voc_box import read_corners
from wsss.data.index import Index
from wsss.run.errors import UserError
from wsss.run.files import require_file


def true_boxes(index: Index, photo_id: str) -> list[dict[str, Any]]:
    """The true boxes of a photo, as COCO annotations without ids; none without an XML.

    They have `category_id`, `area` in pixels, `bbox` [x, y, width, height] in pixels from 0, and
    `iscrowd` 1 for objects that VOC calls difficult. They are for scores only: methods that learn
    from tags must not read them. Boxes that are values of the index are taken as they are.
    """
    photo = index.photos[photo_id]
    given, path = photo.annotations.get("boxes"), index.annotation_path(photo, "boxes")
    if isinstance(given, list):
        return [_box_of_corners(*values) for values in given]
    if path is None or not path.exists():
        return []
    try:
        root = ElementTree.parse(require_file(path)).getroot()  # noqa: S314  (expat has limits)
        return [_read_box(node, index.classes) for node in root.findall("object[bndbox]")]
    except (OSError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise UserError(f"boxes in annotation {path} cannot be read ({error}); mend the file")


def _read_box(node: ElementTree.Element, classes: tuple[str, ...]) -> dict[str, Any]:
    """The box of an object, which has a <bndbox>."""
    label = classes.index(node.findtext("name", "")) + 1
    box = _box_of_corners(label, *read_corners(node.findall("bndbox")[0]))
    return {**box, "iscrowd": int(node.findtext("difficult", "0") == "1")}


def _box_of_corners(
    label: int, left: float, top: float, right: float, bottom: float
) -> dict[str, Any]:
    """A box as a COCO annotation without an id, from its sides in pixels from 0."""
    width, height = right - left, bottom - top
    bbox = [left, top, width, height]
    return {"category_id": label, "bbox": bbox, "area": width * height, "iscrowd": 0}
