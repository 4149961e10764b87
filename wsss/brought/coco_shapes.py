"""The shapes of COCO's objects, polygons or run lengths (RLE), and the label map that they make."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from pycocotools import mask as rle

from wsss.data.images import IGNORE
from wsss.data.instances import decode_mask

Shape = Any
"""the `segmentation` of a COCO annotation: a list of polygons [x, y, x, y, ...] in pixels, or RLE
{"size": [H, W], "counts": ...} with counts as a list or as compressed text"""
DRAWING = 1
"""version of `draw_objects`; raise it when it draws another label map of the same objects"""
FAR = 10
"""a polygon may leave the photo by this many times its longer side, before it counts as broken"""


def is_drawable(shape: Shape, size: tuple[int, int]) -> bool:
    """Whether a `segmentation` can be drawn in a photo of `size` (H, W)."""
    if isinstance(shape, dict):
        return _is_rle(shape, size)
    if not isinstance(shape, list) or not shape:
        return False
    return all(_is_polygon(polygon, FAR * max(size)) for polygon in shape)


def _is_rle(shape: dict[str, Any], size: tuple[int, int]) -> bool:
    """Whether run lengths are of a photo of `size`; compressed ones are decoded for that."""
    counts = shape.get("counts")
    if shape.get("size") != list(size):
        return False
    if isinstance(counts, str):
        return _decodes(shape)
    if not isinstance(counts, list) or not all(type(count) is int for count in counts):
        return False
    return min(counts, default=-1) >= 0 and sum(counts) == size[0] * size[1]


def _decodes(shape: dict[str, Any]) -> bool:
    """Whether pycocotools can decode compressed run lengths. (Of none it makes random pixels.)"""
    if not shape["counts"]:
        return False
    try:
        decode_mask(shape)
    except (ValueError, UnicodeError):
        return False
    return True


def _is_polygon(polygon: Any, limit: int) -> bool:
    """Whether `polygon` has pairs of coordinates, none further than `limit` pixels from 0."""
    if not isinstance(polygon, list) or not polygon or len(polygon) % 2:
        return False
    numbers = all(type(value) in (int, float) for value in polygon)
    return numbers and max(map(abs, polygon)) <= limit


def draw_objects(size: tuple[int, int], objects: Iterable[tuple[int, bool, Shape]]) -> np.ndarray:
    """The label map, uint8 (H, W), of a photo of `size` (H, W): 0 where there is no object.

    An object is (label, whether it is a crowd, shape). Objects are drawn by area, the largest
    first, so that smaller ones lie on top; of equal ones the later lies on top. A crowd is IGNORE
    (docs/methods.md#data).
    """
    drawn: list[tuple[int, np.ndarray]] = []
    for label, crowd, shape in objects:
        drawn.append((IGNORE if crowd else label, draw_shape(shape, size)))
    labels = np.zeros(size, np.uint8)
    for value, pixels in sorted(drawn, key=lambda item: -int(item[1].sum())):
        labels[pixels] = value
    return labels


def draw_shape(shape: Shape, size: tuple[int, int]) -> np.ndarray:
    """The pixels, bool (H, W), of a drawable `segmentation`.

    Polygons of less than a pixel, of which pycocotools draws nothing, become the pixel of their
    middle.
    """
    height, width = size
    if isinstance(shape, dict):
        return decode_mask(rle.frPyObjects(shape, height, width) if _is_plain(shape) else shape)
    # a list of four numbers would be a box for pycocotools, and two points enclose nothing
    areas = [polygon for polygon in shape if len(polygon) >= 6]
    if areas:
        pixels = decode_mask(rle.merge(rle.frPyObjects(areas, height, width)))
        if pixels.any():
            return pixels
    return _middle_pixel(shape, size)


def _is_plain(shape: dict[str, Any]) -> bool:
    """Whether run lengths are a list, not compressed text."""
    return isinstance(shape["counts"], list)


def _middle_pixel(polygons: list[list[float]], size: tuple[int, int]) -> np.ndarray:
    """The one pixel, of (H, W), in the middle of all points; none if that is outside."""
    points = np.concatenate([np.reshape(polygon, (-1, 2)) for polygon in polygons])
    column, row = np.floor(points.mean(axis=0)).astype(int)
    pixels = np.zeros(size, bool)
    if 0 <= row < size[0] and 0 <= column < size[1]:
        pixels[row, column] = True
    return pixels
