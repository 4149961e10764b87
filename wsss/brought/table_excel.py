"""Reads the sheets of an Excel file (XLSX)."""

from pathlib import Path
from typing import Any

from wsss.brought.tables import clean
from wsss.run.errors import UserError
from wsss.run.files import require_file

Sheet = tuple[str, list[list[str]]]
"""the name of a sheet, and the cleaned cells of its lines"""


def read_excel(path: Path) -> list[Sheet]:
    """The sheets that are not hidden and not empty. Merged cells all have their common content.

    UserError for a file that cannot be read.
    """
    try:
        from openpyxl import load_workbook  # an optional extra
    except ImportError:
        raise UserError(
            f"table {path} needs the package openpyxl (pip install openpyxl); or save it as CSV"
        )
    try:
        book = load_workbook(require_file(path), data_only=True)
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        sheets = [(sheet.title, _read_sheet(sheet)) for sheet in shown]
    except Exception as error:  # a damaged archive can raise anything
        raise UserError(f"table {path} cannot be read ({error}); save it as CSV")
    return [sheet for sheet in sheets if any(map(any, sheet[1]))]


def _read_sheet(sheet: Any) -> list[list[str]]:
    """The cells of the lines of a sheet."""
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    for merged in sheet.merged_cells.ranges:
        value = rows[merged.min_row - 1][merged.min_col - 1]
        for row in rows[merged.min_row - 1 : merged.max_row]:
            row[merged.min_col - 1 : merged.max_col] = [value] * merged.size["columns"]
    return [["" if cell is None else clean(str(cell)) for cell in row] for row in rows]
