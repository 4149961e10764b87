"""Reads files of strokes, clicks and boxes in any of the known formats."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wsss.brought.shape import Shape
from wsss.brought.shape_json import read_json_shapes
from wsss.brought.shape_text import read_csv_shapes, read_text_strokes
from wsss.brought.shape_xml import read_xml_shapes
from wsss.data.images import read_labels
from wsss.run.errors import UserError

READERS = {
    ".xml": read_xml_shapes,
    ".json": read_json_shapes,
    ".csv": read_csv_shapes,
    ".txt": read_text_strokes,
}
"""ending -> reader"""
PNG = ".png"


def read_rows(path: Path) -> list[Any]:
    """The shapes of a file as JSON values, for the cache: the fields of `Shape` in their order."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UserError(
            f"annotations {path} have an ending that is not read; {', '.join(READERS)} are, and "
            "folders of these or of PNGs with strokes"
        )
    shapes, rows = reader(path), []
    if are_shares(shapes):
        raise UserError(
            f"annotations {path} have coordinates from 0 to 1, which are shares of the photo; give "
            "pixels from the upper left corner"
        )
    for shape in shapes:
        points = [list(point) for point in shape.points]
        rows.append([shape.image, shape.kind, shape.label, points, shape.where])
    return rows


def are_shares(shapes: Sequence[Shape]) -> bool:
    """Whether all coordinates are from 0 to 1, and some are neither: then they are no pixels."""
    values = [value for shape in shapes for point in shape.points for value in point]
    return all(0 <= value <= 1 for value in values) and any(0 < value < 1 for value in values)


def shape_of_row(row: list[Any]) -> Shape:
    """The shape of a row of `read_rows`."""
    image, kind, label, points, where = row
    return Shape(image, kind, label, tuple((x, y) for x, y in points), where)


def read_stroke_png(path: Path) -> list[Any]:
    """[H, W, the labels that occur, how many pixels each has] of a PNG with strokes."""
    labels = read_labels(path)
    found, counts = np.unique(labels, return_counts=True)
    return [*labels.shape, found.tolist(), counts.tolist()]
