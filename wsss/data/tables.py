"""Tags of photos from a CSV, COCO's JSON, VOC's XML, or the names of the folders that the photos
lie in.

Every reader gives rows in their order and says where each stands, so that an error can name
its line.
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
IMAGE_COLUMNS = ("image", "file_name", "filename", "file", "photo", "path", "name", "id")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
"""endings of photos"""
BETWEEN_TAGS = re.compile(r"[;,|]")


@dataclass(frozen=True)
class Row:
    """A line of a table: the photo as it is named there, its tags, and where it stands."""

    image: str
    tags: tuple[str, ...]
    where: str


@dataclass(frozen=True)
class Line:
    """A line of a CSV: its number, from 1, and its cells."""

    number: int
    cells: list[str]


def read_tags(path: Path) -> list[Row]:
    """The rows of a table of tags, by what it is."""
    if path.is_dir():
        files = sorted(Path(entry.path) for entry in files_below(path, (".xml",)))
        return [_xml_row(file) for file in files]
    return _coco_rows(path) if path.suffix.lower() == ".json" else read_csv(path)


def clean(text: str) -> str:
    """A name as it is compared: without spaces around it and quotes, in one form of Unicode."""
    return unicodedata.normalize("NFC", text.strip().strip("\"'").strip())


def read_csv(path: Path) -> list[Row]:
    """A CSV with any of four separators, with or without a header; all cells after the photo's are
    tags.
    """
    lines = _csv_lines(path)
    image = _image_column(lines[0].cells) if lines else None
    if image is not None:
        lines = lines[1:]
    return [_csv_row(path, line, image or 0) for line in lines]


def _csv_lines(path: Path) -> list[Line]:
    """The lines of a CSV that hold anything."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        reader = csv.reader(text.splitlines(), delimiter=_separator(text))
        lines = []
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                lines.append(Line(number, [clean(cell) for cell in cells]))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"table {path} cannot be read ({error}); save it as CSV in UTF-8")
    return lines


def _separator(text: str) -> str:
    """The separator by which a cell of the first line is a photo or the name of a column; else the
    most frequent one.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    for separator in SEPARATORS:
        cells = next(csv.reader([first], delimiter=separator))
        if len(cells) > 1 and any(map(_tells_a_photo, cells)):
            return separator
    return max(SEPARATORS, key=first.count)


def _tells_a_photo(cell: str) -> bool:
    """Whether a cell is a photo or the name of the column of photos."""
    name = clean(cell).lower()
    return name in IMAGE_COLUMNS or name.endswith(SUFFIXES)


def _image_column(header: list[str]) -> int | None:
    """The column of photos, where the first line names it."""
    names = [cell.lower() for cell in header]
    if len(names) < 2:
        return None
    for name in IMAGE_COLUMNS:
        if name in names:
            return names.index(name)
    return None


def _csv_row(path: Path, line: Line, image: int) -> Row:
    tags: list[str] = []
    for column, cell in enumerate(line.cells):
        if column != image:
            tags += map(clean, BETWEEN_TAGS.split(cell.strip("[]")))
    photo = line.cells[image] if image < len(line.cells) else ""
    return Row(photo, tuple(filter(None, tags)), f"{path.name} line {line.number}")


def _coco_rows(path: Path) -> list[Row]:
    try:
        data = json.loads(path.read_bytes())
        names = {category["id"]: clean(str(category["name"])) for category in data["categories"]}
        tags: dict[int, list[str]] = {image["id"]: [] for image in data["images"]}
        for annotation in data["annotations"]:
            tags[annotation["image_id"]].append(names[annotation["category_id"]])
        rows = []
        for number, image in enumerate(data["images"], start=1):
            photo, own = clean(str(image["file_name"])), tuple(dict.fromkeys(tags[image["id"]]))
            rows.append(Row(photo, own, f"{path.name} image {number}"))
        return rows
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"table {path} is not COCO's JSON ({type(error).__name__}: {error}); images, "
            "categories and annotations are expected in it"
        )


def _xml_row(path: Path) -> Row:
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314  (expat itself limits entity expansion)
    except (OSError, ElementTree.ParseError) as error:
        raise UserError(f"annotation {path} cannot be read ({error}); mend or delete it")
    names = [clean(node.text or "") for node in root.findall("object/name")]
    tags = tuple(dict.fromkeys(filter(None, names)))
    return Row(clean(root.findtext("filename") or path.stem), tags, path.name)
