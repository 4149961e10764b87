"""Decides which columns of a table hold photos, tags and splits, by the rules of
docs/adding-a-dataset.md#tags.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wsss.data.table_lines import Line
from wsss.data.table_names import (
    NO,
    SPLIT_COLUMNS,
    YES,
    is_number,
    is_other_column,
    is_tag_column,
    plain,
)
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
    certainty: int | None = None
    """how certain the tags of a line are: at 0 they are absent, as in Open Images"""
    left_out: tuple[int, ...] = ()
    """columns of something else"""


def choose_columns(
    path: Path,
    names: Sequence[str],
    image: int,
    lines: Sequence[Line],
    wanted: Sequence[str] | None,
) -> Columns:
    """The columns of a table, by the names in its header. `image` is the column of photos.

    Tags are in the columns `wanted`, else in those that are called so (`labels`). Without any,
    columns of yes and no are classes. Without these, too, the only other column has the tags, or
    the only one of texts. UserError if none or several are left.
    """
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
    certainty = next((column for column in others if plain(names[column]) == "confidence"), None)
    used = {*candidates, split}
    left_out = tuple(column for column in others if column not in used)
    return Columns(image, tags, tuple(flags), split, certainty, left_out)


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
        named = [column for column in called if not _has_numbers(column, lines)]
        return named or called  # numbers beside names say the same again
    possible = [column for column in others if not is_other_column(names[column])]
    flags = [column for column in possible if _is_flag(column, lines)]
    if flags:
        return flags
    texts = [column for column in possible if not _has_numbers(column, lines)]
    for only in (possible, texts):
        if len(only) == 1:
            return only
    left = ", ".join(names[column] for column in possible or others)
    raise UserError(
        f"table {path}: it is not clear which column holds the tags ({left}); call it 'labels', "
        "or name it with --tag-columns; columns of 1 and 0 are classes, those of other numbers not"
    )


def _is_flag(column: int, lines: Sequence[Line]) -> bool:
    """Whether all cells of a column say yes or no, and some cell is filled."""
    cells = [cell_of(line, column).lower() for line in lines]
    return any(cells) and all(cell in YES or cell in NO for cell in cells)


def _has_numbers(column: int, lines: Sequence[Line]) -> bool:
    """Whether all filled cells of a column are numbers, and some cell is filled."""
    cells = list(filter(None, (cell_of(line, column) for line in lines)))
    return bool(cells) and all(map(is_number, cells))


def has_uncertain(column: int, lines: Sequence[Line]) -> bool:
    """Whether a column of yes and no has both 0 and -1, of which one may mean unknown."""
    cells = {cell_of(line, column) for line in lines}
    return not cells.isdisjoint(("0", "0.0")) and not cells.isdisjoint(("-1", "-1.0"))


def cell_of(line: Line, column: int) -> str:
    """A cell of a line, "" where the line is shorter."""
    return line.cells[column] if column < len(line.cells) else ""
