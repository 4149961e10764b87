"""Reads strokes from text polylines, and clicks and boxes from CSVs."""

import re
from collections.abc import Sequence
from pathlib import Path

from wsss.brought.shape import Shape, make_shape, unreadable_shapes
from wsss.brought.table_lines import Line, read_lines
from wsss.brought.table_names import IMAGE_COLUMNS, plain
from wsss.run.files import require_file

LABELS = ("label", "class", "cls", "category", "class_name", "name", "tag")
"""possible names of the column of classes"""
PLACES = (("x",), ("y",))
"""possible names of the columns of a click, in the order of its coordinates"""
SIDES = (
    ("xmin", "left", "x1", "x0"),
    ("ymin", "top", "y1", "y0"),
    ("xmax", "right", "x2"),
    ("ymax", "bottom", "y2"),
)
"""possible names of the columns of a box"""
YOLO = re.compile(r"\d+(\s+[\d.]+){4,}")
"""a line of YOLO's texts: the number of a class, and shares of the photo"""
YOLOS = "it is YOLO's, with numbers in place of names, and shares in place of pixels; export COCO"
TEXT = "a polyline on each line, CLASS,X,Y,X,Y,..."
TABLE = (
    "a header with image and label, and with x, y for clicks or xmin, ymin, xmax, ymax for boxes"
)


def read_text_strokes(path: Path) -> list[Shape]:
    """The polylines of a text file of one photo, a line each; the file's name is the photo's, or
    that with `_scribble`.
    """
    image, shapes = path.stem.removesuffix("_scribble"), []
    try:
        text = require_file(path).read_text(encoding="utf-8-sig")
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            if YOLO.fullmatch(line.strip()):
                raise ValueError(YOLOS)
            label, *numbers = line.split(",")
            if len(numbers) % 2:
                raise ValueError(f"line {number} has an x without a y")
            points, where = zip(numbers[::2], numbers[1::2]), f"{path.name} line {number}"
            shapes.append(make_shape(image, "scribble", label, points, where))
    except (OSError, ValueError) as error:
        raise unreadable_shapes(path, error, TEXT)
    return shapes


def read_csv_shapes(path: Path) -> list[Shape]:
    """The clicks or boxes of a CSV, which has a header; one or the other by its columns."""
    header, *lines = read_lines(path) or [Line(1, [])]
    names = [plain(name) for name in header.cells]
    try:
        image = _column(names, IMAGE_COLUMNS)
        label = _column([name if n != image else "" for n, name in enumerate(names)], LABELS)
        is_boxes = any(name in names for name in SIDES[0])
        wanted = SIDES if is_boxes else PLACES
        columns = [_column(names, possible) for possible in wanted]
        return [_make_shape(path, line, image, label, columns) for line in lines]
    except (ValueError, IndexError) as error:
        raise unreadable_shapes(path, error, TABLE)


def _column(names: Sequence[str], possible: Sequence[str]) -> int:
    """The column with the first of the possible names; ValueError without any."""
    for name in possible:
        if name in names:
            return names.index(name)
    raise ValueError(f"no column is called {' or '.join(possible)}")


def _make_shape(path: Path, line: Line, image: int, label: int, columns: Sequence[int]) -> Shape:
    """The click or box of a line."""
    row, where = line.cells, f"{path.name} line {line.number}"
    if len(row) <= max(image, label, *columns):
        raise ValueError(f"{where} has too few cells")
    values = [float(row[column]) for column in columns]
    kind = "boxes" if len(values) == 4 else "points"
    return make_shape(row[image], kind, row[label], zip(values[::2], values[1::2]), where)
