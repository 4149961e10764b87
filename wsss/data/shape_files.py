"""Reads files of strokes, clicks and boxes in any of the known formats."""

from pathlib import Path
from typing import Any

import numpy as np

from wsss.data.images import read_labels
from wsss.data.shape import Shape
from wsss.data.shape_json import read_json_shapes
from wsss.data.shape_text import read_csv_shapes, read_text_strokes
from wsss.data.shape_xml import read_xml_shapes
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
    rows = []
    for shape in reader(path):
        points = [list(point) for point in shape.points]
        rows.append([shape.image, shape.kind, shape.label, points, shape.where])
    return rows


def shape_of_row(row: list[Any]) -> Shape:
    """The shape of a row of `read_rows`."""
    image, kind, label, points, where = row
    return Shape(image, kind, label, tuple((x, y) for x, y in points), where)


def read_stroke_png(path: Path) -> list[Any]:
    """[H, W, the labels that occur, how many pixels each has] of a PNG with strokes."""
    labels = read_labels(path)
    found, counts = np.unique(labels, return_counts=True)
    return [*labels.shape, found.tolist(), counts.tolist()]
