"""Areas that people drew in a photo, polygons and bitmaps, and the label map that they make.

The shape of an area is COCO's `segmentation`: polygons [x, y, x, y, ...] in pixels from the upper
left corner, or run lengths (RLE) of the whole photo.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from wsss.brought.coco_shapes import draw_shape, is_drawable
from wsss.brought.shape_rules import find_label as find_class
from wsss.data.images import IGNORE
from wsss.data.instances import encode_mask

LABELME_BACKGROUND = "_background_"
MOST_PIXELS = 2 * (Image.MAX_IMAGE_PIXELS or 0)
"""of more pixels no photo is read (wsss.data.open_image)"""
UNKNOWN = ("255", "ignore", "__ignore__", "unknown", "void")
"""names of pixels whose class is not known, in files"""
Shape = Any


@dataclass(frozen=True)
class Area:
    """An area of one label."""

    label: str
    """the name of the class, or its label id as text, or a name of the background, or one of
    UNKNOWN"""
    shape: Shape
    where: str
    """its place, such as "1.json shape 3", for messages"""


@dataclass(frozen=True)
class Drawing:
    """All areas of a photo. What no area covers is background."""

    image: str
    """the photo's name or path, as the file gives it"""
    size: tuple[int, int] | None
    """(H, W) of the photo that was drawn on; None where the file does not say"""
    areas: tuple[Area, ...]
    by_size: bool = False
    """whether small areas lie on large ones, as in COCO; else later ones lie on earlier ones"""


def find_label(name: str, classes: Sequence[str]) -> int | None:
    """The label id of a class by its name, or else by its number, 1 for the first; 0 for the
    background, IGNORE where the class is not known; None for a class that the dataset lacks.
    """
    if name not in classes and name.lower() in UNKNOWN:
        return IGNORE
    return find_class("background" if name == LABELME_BACKGROUND else name, classes)


def draw(drawing: Drawing, size: tuple[int, int], classes: Sequence[str]) -> np.ndarray:
    """The label map, uint8 (H, W), of a photo of `size` (H, W). `check_drawing` must have found no
    fault.
    """
    painted: list[tuple[int, np.ndarray]] = []
    for area in drawing.areas:
        label = find_label(area.label, classes)
        assert label is not None
        painted.append((label, _pixels_of(area.shape, size, drawing.by_size)))
    if drawing.by_size:
        painted.sort(key=lambda item: -int(item[1].sum()))
    labels = np.zeros(size, np.uint8)
    for label, pixels in painted:
        labels[pixels] = label
    return labels


def check_drawing(drawing: Drawing, size: tuple[int, int], classes: Sequence[str]) -> str | None:
    """Why a drawing does not fit a photo of `size` (H, W) or the classes; None where it does."""
    if drawing.size is not None and drawing.size != size:
        height, width = drawing.size
        return f"is of {width} x {height} pixels, and its photo has {size[1]} x {size[0]}"
    for area in drawing.areas:
        if find_label(area.label, classes) is None:
            return f"has the unknown class '{area.label}' ({area.where})"
        if not is_drawable(area.shape, size):
            return f"has an area that cannot be drawn ({area.where})"
    return None


def _pixels_of(shape: Shape, size: tuple[int, int], as_coco: bool) -> np.ndarray:
    """The pixels, bool (H, W), of a shape. COCO's polygons are drawn as pycocotools does."""
    if as_coco or isinstance(shape, dict):
        return draw_shape(shape, size)
    pixels = np.zeros(size, bool)
    for polygon in shape:
        pixels |= fill_polygon(np.reshape(polygon, (-1, 2)), size)
    return pixels


def fill_polygon(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The pixels, bool `size` (H, W), whose centre is inside of a polygon with corners (n, 2), x
    and y in pixels, by the even-odd rule: a ray to the left crosses an odd number of sides. Areas
    that share a side share no pixel, unlike those of skimage.draw.polygon.
    """
    height, width = size
    x0, y0 = points[:, 0], points[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    pixels = np.zeros(size, bool)
    first, last = int(np.floor(y0.min())), int(np.ceil(y0.max()))
    for row in range(max(0, first), min(height, last)):
        y = row + 0.5
        sides = (y0 <= y) != (y1 <= y)
        across = x0[sides] + (y - y0[sides]) * (x1[sides] - x0[sides]) / (y1[sides] - y0[sides])
        # a pixel is right of a side if its centre, column + 0.5, is
        columns = np.clip(np.ceil(across - 0.5), 0, width).astype(int)
        crossed = np.bincount(columns, minlength=width + 1)[:width]
        pixels[row] = np.cumsum(crossed) % 2 == 1
    return pixels


def shape_of_mask(mask: np.ndarray) -> Mapping[str, Any]:
    """The shape of an area that is given as a bitmap, bool (H, W)."""
    shape: Mapping[str, Any] = encode_mask(mask)["segmentation"]
    return shape


def check_pixels(size: tuple[int, int], where: str) -> None:
    """ValueError for a size (H, W) that no photo has: a short file may declare any."""
    if min(size) < 1 or size[0] * size[1] > MOST_PIXELS:
        raise ValueError(f"{where} is of {size[1]} x {size[0]} pixels, which no photo has")


def shape_of_part(
    bitmap: np.ndarray, corner: tuple[int, int], size: tuple[int, int], where: str
) -> Mapping[str, Any]:
    """The shape of a bitmap, bool (h, w), whose upper left `corner` is at (left, top) of a photo of
    `size` (H, W); ValueError where it leaves the photo.
    """
    check_pixels(size, where)
    left, top = corner
    mask = np.zeros(size, bool)
    part = mask[top : top + bitmap.shape[0], left : left + bitmap.shape[1]]
    if min(left, top) < 0 or part.shape != bitmap.shape:
        raise ValueError(f"{where} is a mask that leaves the photo")
    part[:] = bitmap
    return shape_of_mask(mask)


def rectangle(left: float, top: float, right: float, bottom: float) -> list[float]:
    """The polygon of a rectangle."""
    corners = [left, top, right, top, right, bottom, left, bottom]
    return [float(value) for value in corners]
