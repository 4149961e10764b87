"""Finds the header of a table. Titles and comments above it and repetitions of it are left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from wsss.brought.table_lines import LOOKED_AT, Line
from wsss.brought.table_names import find_image_column, has_photo, is_photo
from wsss.run.counted import counted

COMMENT = "#"
"""what the lines of a comment begin with"""


@dataclass(frozen=True)
class Table:
    """A table in parts."""

    header: list[str] | None
    """the names of the columns; None where no line is a header"""
    image: int
    """the column of photos, from 0"""
    rows: list[Line]
    above: list[Line]
    """titles and comments above the header"""
    repeated: list[Line]
    """lines that repeat the header, as joined tables have them"""

    def notes(self) -> list[str]:
        """What was left out, in a line for each reason."""
        told = {("line", "above the table"): self.above}
        told["repetition", "of the header"] = self.repeated
        notes = []
        for (what, where), lines in told.items():
            if lines:
                first = f"line {lines[0].number}: '{lines[0].cells[0]}'"
                notes.append(f"left out: {counted(len(lines), what)} {where}, the first: {first}")
        return notes


def split_table(lines: Sequence[Line]) -> Table:
    """The parts of a table.

    A header names a column of photos, and stands at the top or below titles and comments. A line
    without a photo is a header, too, where all lines below have one in the same column.
    """
    for number, line in enumerate(lines[:LOOKED_AT]):
        if has_photo(line.cells):
            break
        found = _find_header(lines, number)
        if found is not None:
            return _below(*found, lines, number)
    comments = _count_comments(lines)
    rows = list(lines[comments:])
    image = first_photo(rows[0].cells) if rows else 0
    return Table(None, image, rows, list(lines[:comments]), [])


def _find_header(lines: Sequence[Line], number: int) -> tuple[list[str], int] | None:
    """The names of the columns and the column of photos, where a line is the header."""
    cells = _uncomment(lines[number])
    image = find_image_column(cells)
    if image is not None and all(map(_is_title, lines[:number])):
        return cells, image
    if image is not None and not any(cells[image + 1 :]):  # pandas names an index below the columns
        return [cell or above for cell, above in zip(cells, lines[number - 1].cells)], image
    image = None if _is_comment(lines[number]) else _column_of_photos(lines[number + 1 :])
    if image is None:
        return None
    has_no_name = image == 0 and len(lines[number + 1].cells) == len(cells) + 1
    return ["image"] * has_no_name + cells, image


def _is_comment(line: Line) -> bool:
    return line.cells[0].startswith(COMMENT) and not has_photo(line.cells)


def _is_title(line: Line) -> bool:
    """Whether a line is a comment, or has the same text in all of its filled cells."""
    return _is_comment(line) or len(set(filter(None, line.cells))) == 1


def _count_comments(lines: Sequence[Line]) -> int:
    """The number of lines at the top that are comments."""
    is_other = [not _is_comment(line) for line in lines]
    return is_other.index(True) if True in is_other else len(lines)


def _uncomment(line: Line) -> list[str]:
    """The cells of a line without the mark of a comment."""
    first, *others = line.cells
    return [first.lstrip(f"{COMMENT} "), *others]


def _below(header: list[str], image: int, lines: Sequence[Line], number: int) -> Table:
    """The table whose header is the line at position `number`."""
    rows: list[Line] = []
    repeated: list[Line] = []
    for line in lines[number + 1 :]:
        (repeated if line.cells == lines[number].cells else rows).append(line)
    return Table(header, image, rows, list(lines[:number]), repeated)


def _column_of_photos(lines: Sequence[Line]) -> int | None:
    """The first column in which all lines have a photo; None without any, or for a single line."""
    if len(lines) < 2:
        return None
    for column in range(len(lines[0].cells)):
        if all(len(line.cells) > column and is_photo(line.cells[column]) for line in lines):
            return column
    return None


def first_photo(cells: Sequence[str]) -> int:
    """The first cell with the ending of a photo, else the first: the photos without a header."""
    return next((column for column, cell in enumerate(cells) if is_photo(cell)), 0)
