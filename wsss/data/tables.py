"""Reads tables of tags: a CSV, COCO's JSON, or a folder of VOC's XMLs.

Each reader returns rows in the order of the table. A row knows where it is from, for messages.
"""

import csv
import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from wsss.data.walk import files_below
from wsss.run.errors import UserError

SEPARATORS = ",;\t|"
"""possible separators of a CSV"""
IMAGE_COLUMNS = ("image", "file_name", "filename", "file", "photo", "path", "name", "id")
"""possible names of the column of photos, the most specific first"""
SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff")
"""endings of photos"""
BETWEEN_TAGS = re.compile(r"[;,|]")
"""separators of several tags in one cell"""


@dataclass(frozen=True)
class Row:
    """A row of a table, for one photo."""

    image: str
    """the photo's name or path in the table"""
    tags: tuple[str, ...]
    """the other cells: tags, or a split, or a group"""
    where: str
    """the row's place, such as "labels.csv line 3", for messages"""


@dataclass(frozen=True)
class Line:
    """A line of a CSV: its number, from 1, and its cleaned cells."""

    number: int
    cells: list[str]


def read_tags(path: Path) -> list[Row]:
    """The rows of a table of tags: a folder of XMLs, a .json of COCO, else a CSV."""
    if path.is_dir():
        files = sorted(Path(entry.path) for entry in files_below(path, (".xml",)))
        return [_read_xml(file) for file in files]
    return _read_coco(path) if path.suffix.lower() == ".json" else read_csv(path)


def clean(text: str) -> str:
    """A name for comparison: without surrounding spaces and quotes, in Unicode form NFC."""
    return unicodedata.normalize("NFC", text.strip().strip("\"'").strip())


def read_csv(path: Path) -> list[Row]:
    """The rows of a CSV in UTF-8; the separator (one of SEPARATORS) is guessed.

    A first line that names a column of photos (one of IMAGE_COLUMNS) is a header; without a header
    the first column is that of photos. All other cells are tags. UserError for an unreadable file.
    """
    lines = _read_csv_lines(path)
    column = _find_image_column(lines[0].cells) if lines else None
    if column is None:
        return [_make_csv_row(path, line, 0) for line in lines]
    return [_make_csv_row(path, line, column) for line in lines[1:]]


def _read_csv_lines(path: Path) -> list[Line]:
    """The lines of a CSV that are not empty."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        reader = csv.reader(text.splitlines(), delimiter=_guess_separator(text))
        lines = []
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                lines.append(Line(number, [clean(cell) for cell in cells]))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"table {path} cannot be read ({error}); save it as CSV in UTF-8")
    return lines


def _guess_separator(text: str) -> str:
    """The separator of a CSV, from its first line.

    It is the first of SEPARATORS that cuts the line into several cells of which one is a photo, or
    the name of the column of photos. Failing that it is the one that comes first in the line, whose
    first cell is then a photo without an ending.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    for separator in SEPARATORS:
        cells = next(csv.reader([first], delimiter=separator))
        if len(cells) > 1 and any(map(_is_photo_or_column, cells)):
            return separator
    places = {first.index(one): one for one in SEPARATORS if one in first}
    return places[min(places)] if places else SEPARATORS[0]


def _is_photo_or_column(cell: str) -> bool:
    """Whether a cell has the ending of a photo, or is a name of the column of photos."""
    name = clean(cell).lower()
    return name in IMAGE_COLUMNS or name.endswith(SUFFIXES)


def _find_image_column(header: list[str]) -> int | None:
    """The index of the column of photos; None if the line is no header, as one that has a photo."""
    names = [cell.lower() for cell in header]
    if len(names) < 2 or any(name.endswith(SUFFIXES) for name in names):
        return None
    for name in IMAGE_COLUMNS:
        if name in names:
            return names.index(name)
    return None


def _make_csv_row(path: Path, line: Line, image_column: int) -> Row:
    """The row of a line of a CSV; a cell may hold several tags, also as a list in brackets."""
    tags: list[str] = []
    for column, cell in enumerate(line.cells):
        if column != image_column:
            tags += map(clean, BETWEEN_TAGS.split(cell.strip("[]")))
    photo = line.cells[image_column] if image_column < len(line.cells) else ""
    return Row(photo, tuple(filter(None, tags)), f"{path.name} line {line.number}")


def _read_coco(path: Path) -> list[Row]:
    """A row for each image of COCO's JSON: its file name and the categories of its annotations."""
    try:
        data = json.loads(path.read_bytes())
        names = {category["id"]: clean(str(category["name"])) for category in data["categories"]}
        tags: dict[int, list[str]] = {image["id"]: [] for image in data["images"]}
        for annotation in data["annotations"]:
            tags[annotation["image_id"]].append(names[annotation["category_id"]])
        rows = []
        for number, image in enumerate(data["images"], start=1):
            photo, unique = clean(str(image["file_name"])), tuple(dict.fromkeys(tags[image["id"]]))
            rows.append(Row(photo, unique, f"{path.name} image {number}"))
        return rows
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"table {path} is not COCO's JSON ({type(error).__name__}: {error}); images, "
            "categories and annotations are expected in it"
        )


def _read_xml(path: Path) -> Row:
    """The row of one XML: its `filename`, else its own name, and the classes of its objects."""
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314  (expat limits entity expansion)
    except (OSError, ElementTree.ParseError) as error:
        raise UserError(f"annotation {path} cannot be read ({error}); mend or delete it")
    names = [clean(node.text or "") for node in root.findall("object/name")]
    tags = tuple(dict.fromkeys(filter(None, names)))
    return Row(clean(root.findtext("filename") or path.stem), tags, path.name)
