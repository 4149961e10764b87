"""Reads the lines of a table: CSV, JSON lines, a JSON list of objects, or Excel's XLSX."""

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsss.data.table_names import is_image_column
from wsss.data.tables import SUFFIXES, clean
from wsss.run.errors import UserError

SEPARATORS = ",;\t|"
"""possible separators of a CSV"""
NOT_READ = (".xls", ".ods", ".parquet", ".feather", ".pkl", ".sqlite", ".db", ".mat", ".npy")
"""endings of tables that other programs write and that are not read"""
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Line:
    """A line of a table: its number, from 1, and its cleaned cells."""

    number: int
    cells: list[str]


def read_lines(path: Path) -> list[Line]:
    """The lines of a table that are not empty; the ending of the file says what it is.

    Of objects in JSON the keys are the first line. UserError for an unreadable file.
    """
    ending = path.suffix.lower()
    if ending in NOT_READ:
        raise UserError(f"table {path} ends with {ending}, which is not read; save it as CSV")
    if ending in (".xlsx", ".xlsm"):
        return _keep_filled(_read_excel(path))
    text = _read_text(path)
    if ending in (".jsonl", ".ndjson"):
        return _keep_filled(lines_of_objects(path, _read_json_lines(path, text)))
    return _keep_filled(_read_csv(path, text))


def _keep_filled(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if any(line.cells)]


def _read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 where it begins with its byte order mark."""
    try:
        data = path.read_bytes()
        return data.decode("utf-16" if data.startswith(UTF16) else "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"table {path} cannot be read ({error}); save it as CSV in UTF-8")


def _read_csv(path: Path, text: str) -> Iterator[Line]:
    """The lines of a CSV. A cell in quotes may hold line breaks; then the first line's number
    counts.
    """
    file = io.StringIO(text, newline="")  # only \n and \r end a line, not U+2028
    reader = csv.reader(file, delimiter=guess_separator(text), skipinitialspace=True, strict=True)
    number = 1
    try:
        for cells in reader:
            yield Line(number, [clean(cell) for cell in cells])
            number = reader.line_num + 1
    except csv.Error as error:
        raise UserError(
            f"table {path} cannot be read (line {number}: {error}; is a quote not closed?); save "
            "it as CSV in UTF-8"
        )


def guess_separator(text: str) -> str:
    """The separator of a CSV, from its first line that has any.

    It is the first of SEPARATORS that cuts the line into several cells of which one is a photo, or
    the name of the column of photos; if possible, one without another separator in it. Failing that
    it is the one that comes first in the line, whose first cell is then a photo without an ending.
    """
    first = next(filter(_has_separator, io.StringIO(text, newline="")), "")
    fitting: list[tuple[bool, str]] = []
    for separator in SEPARATORS:
        cells = next(csv.reader([first], delimiter=separator, skipinitialspace=True))
        photos = [cell for cell in cells if _is_photo_or_column(cell)]
        if len(cells) > 1 and photos:
            fitting.append((not any(other in photos[0] for other in SEPARATORS), separator))
    if fitting:
        return max(fitting, key=lambda pair: pair[0])[1]
    places = {first.index(one): one for one in SEPARATORS if one in first}
    return places[min(places)] if places else SEPARATORS[0]


def _has_separator(line: str) -> bool:
    return any(separator in line.strip() for separator in SEPARATORS)


def _is_photo_or_column(cell: str) -> bool:
    """Whether a cell has the ending of a photo, or is a name of the column of photos."""
    name = clean(cell)
    return is_image_column(name) or name.lower().endswith(SUFFIXES)


def _read_json_lines(path: Path, text: str) -> Iterator[Any]:
    """The value of each line that is not empty; U+2028 ends no line."""
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
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
    """A JSON value as a cell; the texts of a list stand in lines of their own."""
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return "\n".join(map(str, value))
    if value is None or isinstance(value, str):
        return clean(value or "")
    return json.dumps(value)


def _read_excel(path: Path) -> Iterator[Line]:
    """The lines of the first sheet of an Excel file."""
    try:
        from openpyxl import load_workbook  # an optional extra
    except ImportError:
        raise UserError(
            f"table {path} needs the package openpyxl (pip install openpyxl); or save it as CSV"
        )
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            yield Line(number, ["" if cell is None else clean(str(cell)) for cell in cells])
    except Exception as error:  # a damaged archive can raise anything
        raise UserError(f"table {path} cannot be read ({error}); save it as CSV")
