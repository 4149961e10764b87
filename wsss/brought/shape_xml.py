"""Reads strokes, clicks and boxes from XML: ScribbleSup's, VOC's and CVAT's."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from wsss.brought.shape import OTHER, Shape, make_shape, unreadable_shapes
from wsss.brought.voc_box import read_corners
from wsss.run.files import require_file

Node = ElementTree.Element
EXPECTED = (
    "ScribbleSup's <polygon> with <tag> and <point>s, VOC's <object> with <bndbox>, or CVAT's "
    "<image> with <polyline>, <points> or <box>"
)
CVAT_FORMS = {"polyline": "scribble", "points": "points", "box": "boxes"}
"""element of CVAT -> kind of annotation; other shapes are OTHER"""
CVAT_OTHERS = ("polygon", "ellipse", "cuboid", "skeleton", "mask")


def read_xml_shapes(path: Path) -> list[Shape]:
    """The shapes of an XML: CVAT's for images if its root is `annotations`, else that of one photo,
    by ScribbleSup or VOC. UserError for a file that is none of these.
    """
    try:
        root = ElementTree.parse(require_file(path)).getroot()  # noqa: S314  (expat has limits)
        if root.tag == "annotations":
            return list(_read_cvat(root, path.name))
        if root.tag != "annotation":
            raise ValueError(f"its root is <{root.tag}>")
        return [*_read_scribblesup(root, path), *_read_voc(root, path)]
    except (OSError, ElementTree.ParseError, ValueError, KeyError) as error:
        raise unreadable_shapes(path, error, EXPECTED)


def _read_scribblesup(root: Node, path: Path) -> Iterator[Shape]:
    """The strokes of ScribbleSup: <polygon>s, which are polylines, of <point>s with <X> and <Y>."""
    image = root.findtext("filename") or path.stem
    for number, node in enumerate(root.findall("polygon"), start=1):
        points = [(point.findtext("X"), point.findtext("Y")) for point in node.findall("point")]
        where = f"{path.name} stroke {number}"
        yield make_shape(image, "scribble", node.findtext("tag"), _given(points, where), where)


def _read_voc(root: Node, path: Path) -> Iterator[Shape]:
    """The boxes of VOC."""
    image = root.findtext("filename") or path.stem
    for number, node in enumerate(root.findall("object"), start=1):
        box = node.find("bndbox")
        if box is None:  # only the class is known
            continue
        left, top, right, bottom = read_corners(box)
        corners, where = [(left, top), (right, bottom)], f"{path.name} object {number}"
        yield make_shape(image, "boxes", node.findtext("name"), corners, where)


def _given(points: list[tuple[str | None, str | None]], where: str) -> list[tuple[float, float]]:
    """Coordinates as numbers; ValueError for one that is missing or no number."""
    numbers = []
    for x, y in points:
        if x is None or y is None:
            raise ValueError(f"{where} lacks a coordinate")
        numbers.append((float(x), float(y)))
    return numbers


def _read_cvat(root: Node, name: str) -> Iterator[Shape]:
    """The shapes of CVAT's XML for images (version 1.1)."""
    for image in root.iter("image"):
        photo = image.attrib["name"]
        for node in image:
            where = f"{name} {photo} <{node.tag}>"
            label = node.get("label")
            if node.tag in CVAT_OTHERS:
                yield make_shape(photo, OTHER, label, [(0, 0)], where)
            elif node.tag in CVAT_FORMS:
                yield from _read_cvat_shape(photo, node, label, where)


def _read_cvat_shape(photo: str, node: Node, label: str | None, where: str) -> Iterator[Shape]:
    """A stroke, each click of a set of points, or a box."""
    kind, given = CVAT_FORMS[node.tag], node.attrib
    if kind == "boxes":
        corners = [(given["xtl"], given["ytl"]), (given["xbr"], given["ybr"])]
        yield make_shape(photo, kind, label, corners, where)
        return
    points = [pair.split(",") for pair in given["points"].split(";")]
    if kind == "scribble":
        yield make_shape(photo, kind, label, points, where)
        return
    for point in points:
        yield make_shape(photo, kind, label, [point], where)
