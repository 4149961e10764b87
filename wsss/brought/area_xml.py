"""Reads areas from CVAT's XML for images (version 1.1): polygons, boxes and masks."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wsss.brought.areas import Area, Drawing, check_pixels, rectangle, shape_of_part
from wsss.brought.bitmap_codes import decode_cvat
from wsss.brought.tables import clean
from wsss.run.files import require_file

Node = ElementTree.Element
FORMS = ("polygon", "box", "mask")
LINES = ("polyline", "points")
"""elements that have no area, which are strokes and clicks"""


def read_cvat(path: Path) -> Iterator[Drawing]:
    """The drawings of photos with an area; ValueError for a file of another form."""
    try:
        root = ElementTree.parse(require_file(path)).getroot()  # noqa: S314  (expat has limits)
    except ElementTree.ParseError as error:
        raise ValueError(str(error))
    if root.tag != "annotations":
        raise ValueError(f"its root is <{root.tag}>")
    for image in root.iter("image"):
        drawing = _read_image(image, path.name)
        if drawing.areas:
            yield drawing


def _read_image(image: Node, name: str) -> Drawing:
    """The drawing of an <image>; shapes of a higher z_order lie on others."""
    size = int(image.attrib["height"]), int(image.attrib["width"])
    nodes = []
    for node in image:
        where = f"{name} {image.attrib['name']} <{node.tag}>"
        if node.tag in FORMS:
            nodes.append((int(node.get("z_order", "0")), node, where))
        elif node.get("label") is not None and node.tag not in LINES:
            raise ValueError(f"{where} is no polygon, box or mask")
    nodes.sort(key=lambda item: item[0])
    areas = []
    for _, node, where in nodes:
        areas.append(Area(clean(node.attrib["label"]), _shape_of(node, size, where), where))
    return Drawing(clean(image.attrib["name"]), size, tuple(areas))


def _shape_of(node: Node, size: tuple[int, int], where: str) -> Any:
    """The shape of a polygon, a box or a mask."""
    given = node.attrib
    if node.tag == "polygon":
        pairs = [pair.split(",") for pair in given["points"].split(";")]
        return [[float(value) for pair in pairs for value in pair]]
    if node.tag == "box":
        return [rectangle(*(float(given[key]) for key in ("xtl", "ytl", "xbr", "ybr")))]
    left, top, width, height = (int(given[key]) for key in ("left", "top", "width", "height"))
    check_pixels((height, width), where)
    bitmap = decode_cvat(given["rle"], (height, width))
    return shape_of_part(bitmap, (left, top), size, where)
