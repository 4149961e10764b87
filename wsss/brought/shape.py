"""Strokes, clicks and boxes as files have them, before they are matched with photos and classes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsss.brought.tables import clean
from wsss.run.errors import UserError

OTHER = "other"
"""the kind of shapes that are no strokes, clicks or boxes, such as polygons"""
Point = tuple[float, float]
"""x and y in pixels from the upper left corner of the photo"""


@dataclass(frozen=True)
class Shape:
    """A stroke, a click or a box."""

    image: str
    """the photo's name or path, as the file gives it"""
    kind: str
    """`scribble`, `points` or `boxes`, the kinds of annotations of the index; or OTHER"""
    label: str
    """the name of the class, or its label id as text; 0 and `background` are background"""
    points: tuple[Point, ...]
    """the vertices of a stroke, the place of a click, or the left upper and right lower corner of a
    box"""
    where: str
    """its place, such as "clicks.csv line 3", for messages"""


def make_shape(image: Any, kind: str, label: Any, points: Iterable[Any], where: str) -> Shape:
    """A shape of values out of a file; ValueError for no points and for numbers that are none."""
    pairs = [(float(x), float(y)) for x, y in points]
    if not pairs or not all(math.isfinite(value) for pair in pairs for value in pair):
        raise ValueError(f"{where} has a coordinate that is no number")
    if label is None or clean(str(label)) == "":
        raise ValueError(f"{where} has no class")
    return Shape(clean(str(image)), kind, clean(str(label)), tuple(pairs), where)


def unreadable_shapes(path: Path, error: Exception, expected: str) -> UserError:
    """The error for a file of annotations that cannot be read."""
    why = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else str(error)
    return UserError(f"annotations {path} cannot be read ({why}); expected: {expected}")
