"""Decides which columns of a table hold photos, tags and splits, by the rules of
docs/adding-a-dataset.md#tags.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wsss.data.table_lines import Line
from wsss.data.table_names import (
    IMAGE_COLUMNS,
    NO,
    SPLIT_COLUMNS,
    YES,
    is_other_column,
    is_tag_column,
    plain,
)
from wsss.data.tables import SUFFIXES
from wsss.run.errors import UserError, nearest


@dataclass(frozen=True)
class Columns:
    """The columns of a table by what they hold, as positions from 0."""

    image: int
    tags: tuple[int, ...] = ()
    """columns whose cells hold tags"""
    flags: tuple[int, ...] = ()
    """columns that are named after a class; a cell says whether the photo has it"""
    split: int | None = None
    left_out: tuple[int, ...] = ()
    """columns of something else"""


def find_image_column(header: Sequence[str]) -> int | None:
    """The column of photos by its name; None if the line is no header, as one with a photo."""
    if len(header) < 2 or any(cell.lower().endswith(SUFFIXES) for cell in header):
        return None
    names = [plain(cell) for cell in header]
    for name in IMAGE_COLUMNS:
        if name in names:
            return names.index(name)
    return None


def first_photo(cells: Sequence[str]) -> int:
    """The first cell with the ending of a photo, else the first: the photos without a header."""
    for column, cell in enumerate(cells):
        if cell.lower().endswith(SUFFIXES):
            return column
    return 0


def choose_columns(
    path: Path, header: Line, lines: Sequence[Line], wanted: Sequence[str] | None
) -> Columns:
    """The columns of a table with a header.

    Tags are in the columns `wanted`, else in those that are called so (`labels`). Without any,
    columns of yes and no are classes. Without these, too, the only other column has the tags.
    UserError if none or several are left.
    """
    names = header.cells
    image = find_image_column(names)
    if image is None:
        raise ValueError(f"{path} has no header")
    others = [column for column in range(len(names)) if column != image]
    split = next((column for column in others if plain(names[column]) in SPLIT_COLUMNS), None)
    if wanted is not None:
        candidates = [_find_wanted(path, names, name) for name in wanted]
    else:
        candidates = _find_candidates(path, names, [c for c in others if c != split], lines)
    flags = []
    for column in candidates:
        if not is_tag_column(names[column]) and _is_flag(column, lines):
            flags.append(column)
    tags = tuple(column for column in candidates if column not in flags)
    used = {*candidates, split}
    left_out = tuple(column for column in others if column not in used)
    return Columns(image, tags, tuple(flags), split, left_out)


def _find_wanted(path: Path, names: Sequence[str], name: str) -> int:
    """The column that the setting `tag_columns` names."""
    plain_names = [plain(known) for known in names]
    if plain(name) in plain_names:
        return plain_names.index(plain(name))
    raise UserError(
        f"table {path} has no column '{name}'{nearest(name, names)}, which tag_columns names; it "
        f"has: {', '.join(names)}"
    )


def _find_candidates(
    path: Path, names: Sequence[str], others: list[int], lines: Sequence[Line]
) -> list[int]:
    """The columns of tags or of classes, among the columns `others`."""
    called = [column for column in others if is_tag_column(names[column])]
    if called:
        return called
    possible = [column for column in others if not is_other_column(names[column])]
    flags = [column for column in possible if _is_flag(column, lines)]
    if flags or len(possible) == 1:
        return flags or possible
    found = ", ".join(names[column] for column in possible or others)
    raise UserError(
        f"table {path}: it is not clear which column holds the tags ({found}); call it 'labels', "
        "or name it with --tag-columns"
    )


def _is_flag(column: int, lines: Sequence[Line]) -> bool:
    """Whether all cells of a column say yes or no, and some cell is filled."""
    cells = [cell_of(line, column).lower() for line in lines]
    return any(cells) and all(cell in YES or cell in NO for cell in cells)


def cell_of(line: Line, column: int) -> str:
    """A cell of a line, "" where the line is shorter."""
    return line.cells[column] if column < len(line.cells) else ""
