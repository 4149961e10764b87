"""Reads the lines of a table: CSV, JSON lines, a JSON list of objects, or Excel's XLSX."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from wsss.brought.table_excel import read_excel
from wsss.brought.table_names import is_image_column, is_photo
from wsss.brought.tables import clean
from wsss.run.errors import UserError
from wsss.run.files import parse_json, require_file

SEPARATORS = ",;\t|"
"""possible separators of a CSV"""
STATED = re.compile(r"sep=(.)\r?\n")
"""the first line of a CSV in which Excel states the separator"""
LOOKED_AT = 6
"""so many lines at the top of a table may be titles and comments"""
NOT_READ = (".xls", ".ods", ".parquet", ".feather", ".pkl", ".sqlite", ".db", ".mat", ".npy")
"""endings of tables that other programs write and that are not read"""
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Line:
    """A line of a table: its number, from 1, and its cleaned cells."""

    number: int
    cells: list[str]


def read_lines(path: Path, notes: list[str] | None = None) -> list[Line]:
    """The lines of a table that are not empty; the ending of the file says what it is.

    Of objects in JSON the keys are the first line. Sheets of Excel that are left out go to `notes`.
    UserError for an unreadable file.
    """
    ending = path.suffix.lower()
    if ending in NOT_READ:
        raise UserError(f"table {path} ends with {ending}, which is not read; save it as CSV")
    if ending in (".xlsx", ".xlsm"):
        sheets = read_excel(path)
        chosen, lines = next(filter(_is_table, sheets), sheets[0] if sheets else ("", []))
        if notes is not None and len(sheets) > 1:
            notes.append(f"{path.name}: of {len(sheets)} sheets '{chosen}' was read")
        return _number(lines)
    if ending in (".jsonl", ".ndjson"):
        return _keep_filled(lines_of_objects(path, values_of_lines(path)))
    return _keep_filled(_read_csv(path, _read_text(path)))


def _is_table(sheet: tuple[str, list[list[str]]]) -> bool:
    """Whether one of the first lines of a sheet has a photo, or a name of the column of photos."""
    lines = sheet[1][:LOOKED_AT]
    return any(len(line) > 1 and any(map(_is_photo_or_column, line)) for line in lines)


def _number(lines: Iterable[list[str]]) -> list[Line]:
    """The lines that are not empty, with their numbers."""
    return _keep_filled(Line(number, cells) for number, cells in enumerate(lines, start=1))


def _keep_filled(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if any(line.cells)]


def _read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 where it begins with its byte order mark."""
    try:
        data = require_file(path).read_bytes()
        text = data.decode("utf-16" if data.startswith(UTF16) else "utf-8-sig")
        if text[:2].count("\0") == 1:
            raise ValueError("its first bytes are those of UTF-16 without a byte order mark")
        return text
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"table {path} is not in UTF-8, in line {line}; save it as CSV in UTF-8")
    except (OSError, ValueError) as error:
        raise UserError(f"table {path} cannot be read ({error}); save it as CSV in UTF-8")


def _read_csv(path: Path, text: str) -> Iterator[Line]:
    """The lines of a CSV. A cell in quotes may hold line breaks; then the first line's number
    counts.
    """
    stated = STATED.match(text)
    separator = stated[1] if stated else guess_separator(text)
    above = int(stated is not None)
    file = io.StringIO(text, newline="")  # only \n and \r end a line, not U+2028
    lines: Iterable[str] = islice(file, above, None)
    if separator == " ":
        lines = map(str.strip, lines)  # a blank at the end is no further cell
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    number = above + 1
    try:
        for cells in reader:
            yield Line(number, [clean(cell) for cell in cells])
            number = reader.line_num + above + 1
    except csv.Error as error:
        raise UserError(
            f"table {path} cannot be read (line {number}: {error}; is a quote not closed?); save "
            "it as CSV in UTF-8"
        )


def guess_separator(text: str) -> str:
    """The separator of a CSV, from the first of its lines that has a photo or names their column.

    It is the first of SEPARATORS that cuts the line into several cells of which one is a photo, or
    the name of the column of photos; if possible, one without another separator in it. Failing that
    it is the one that comes first in the table, whose first cell is then a photo without an ending;
    and of a table without any, where a photo is followed by a blank, the blank.
    """
    lines = list(islice(filter(_has_separator, io.StringIO(text, newline="")), LOOKED_AT))
    for line in lines:
        fitting = _find_fitting(line)
        if fitting:
            return max(fitting, key=lambda pair: pair[0])[1]
    if lines:
        return min((one for one in SEPARATORS if one in lines[0]), key=lines[0].index)
    top = list(islice(io.StringIO(text, newline=""), LOOKED_AT))
    cut = [line.split() for line in top]
    return " " if any(len(cells) > 1 and is_photo(cells[0]) for cells in cut) else SEPARATORS[0]


def _find_fitting(line: str) -> list[tuple[bool, str]]:
    """The separators that cut a line into cells of which one is a photo or names their column, and
    whether this cell is without other separators.
    """
    fitting: list[tuple[bool, str]] = []
    for separator in SEPARATORS:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
        photos = [cell for cell in cells if _is_photo_or_column(cell)]
        if len(cells) > 1 and photos:
            fitting.append((not any(other in photos[0] for other in SEPARATORS), separator))
    return fitting


def _has_separator(line: str) -> bool:
    return any(separator in line.strip() for separator in SEPARATORS)


def _is_photo_or_column(cell: str) -> bool:
    """Whether a cell has the ending of a photo, or is a name of the column of photos."""
    name = clean(cell)
    return is_image_column(name.lstrip("# ")) or is_photo(name)


def values_of_lines(path: Path) -> Iterator[Any]:
    """The value of each line of a file of JSON lines that is not empty; U+2028 ends no line."""
    for number, line in enumerate(io.StringIO(_read_text(path), newline=""), start=1):
        if not line.strip():
            continue
        try:
            yield parse_json(line)
        except ValueError as error:
            raise UserError(f"table {path} line {number} is no JSON ({error}); mend the line")


def lines_of_objects(path: Path, objects: Iterable[Any]) -> Iterator[Line]:
    """A line of all keys, then a line for each object."""
    rows = []
    for number, item in enumerate(objects, start=1):
        if not isinstance(item, dict):
            raise UserError(f"table {path} entry {number} is no JSON object; mend the entry")
        rows.append(item)
    keys = list(dict.fromkeys(key for row in rows for key in row))
    yield Line(0, [clean(key) for key in keys])
    for number, row in enumerate(rows, start=1):
        yield Line(number, [_to_cell(row.get(key)) for key in keys])


def _to_cell(value: Any) -> str:
    """A JSON value as a cell."""
    if value is None or isinstance(value, str):
        return clean(value or "")
    return json.dumps(value, ensure_ascii=False)
