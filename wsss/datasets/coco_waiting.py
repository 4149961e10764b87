"""Annotations of COCO's JSON, on disk until its images and categories are known.

The JSON is read once. COCO's own files list the categories last, and other tools any list first.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from wsss.brought.coco_shapes import FAR, Shape, is_drawable
from wsss.datasets.coco_objects import object_line
from wsss.run.files import parse_json

Size = tuple[int, int]
"""height and width of a photo in pixels"""
ANY_SIZE = (2**62, 2**62)
"""a photo in which any polygon can be drawn, unless it is broken"""


class Annotation(NamedTuple):
    """What is needed of an annotation; but for the last two as the JSON has it, None if it lacks
    it.
    """

    number: int
    """its place in the JSON, from 1"""
    id: Any
    image_id: Any
    category_id: Any
    crowd: Any
    bounds: tuple[float, float, float, float] | None
    """left, top, right and bottom of polygons; None for run lengths and for broken shapes"""
    line: bytes
    """its line in the file of objects, with the label 0"""

    def labelled(self, label: int, crowd: bool) -> bytes:
        """Its line with its label; the shape in it is not parsed."""
        shape = self.line.split(b",", 2)[2]
        return b"[%d,%s,%s" % (label, b"true" if crowd else b"false", shape)

    def is_drawable(self, size: Size) -> bool:
        """Whether its shape can be drawn in a photo."""
        if self.bounds is None:
            return is_drawable(parse_json(self.line)[2], size)
        return max(map(abs, self.bounds)) <= FAR * max(size)

    def is_outside(self, size: Size) -> bool:
        """Whether its polygons show nothing of a photo, because they lie outside of it."""
        if self.bounds is None:
            return False
        left, top, right, bottom = self.bounds
        return right < 0 or bottom < 0 or left > size[1] or top > size[0]


class WaitingAnnotations:
    """A file of annotations without a name; it is gone with its last user."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` is where the file is; None takes the system's folder for temporary files."""
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115  (it outlives this function)

    def add(self, number: int, item: dict[str, Any]) -> None:
        """Write an annotation of the JSON."""
        shape = item.get("segmentation")
        values = [item.get(key) for key in ("id", "image_id", "category_id", "iscrowd")]
        head = json.dumps([number, *values, bounds_of(shape)])
        self._file.write(head.encode() + b"\t" + object_line(0, False, shape))

    def read(self) -> Iterator[Annotation]:
        """The annotations in the order in which they were written; this ends the file."""
        with self._file as file:
            file.seek(0)
            for text in file:
                head, _, line = text.partition(b"\t")
                yield Annotation._make([*parse_json(head), line])


def bounds_of(shape: Shape) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom of polygons in pixels; None for all that is none."""
    if isinstance(shape, dict) or not is_drawable(shape, ANY_SIZE):
        return None
    x, y = ([v for polygon in shape for v in polygon[k::2]] for k in (0, 1))
    return min(x), min(y), max(x), max(y)
