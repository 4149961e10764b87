"""Decides which columns of a table hold photos, tags and splits, by the rules of
docs/adding-a-dataset.md#tags.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wsss.brought.table_lines import Line
from wsss.brought.table_names import (
    NO,
    SPLIT_COLUMNS,
    SPLIT_FLAGS,
    SPLIT_WORDS,
    YES,
    is_nothing,
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
    the only one of texts. UserError if none or several are left, for a single column of yes and no
    beside one of texts, and for a column of which only most cells say yes or no.
    """
    others = [column for column in range(len(names)) if column != image]
    fixed = [] if wanted is None else [_find_wanted(path, names, name) for name in wanted]
    split = _find_split(names, [column for column in others if column not in fixed], lines)
    left = [column for column in others if column != split]
    candidates = fixed or _find_candidates(path, names, left, lines)
    flags = []
    for column in candidates:
        if not is_tag_column(names[column]) and _is_flag(column, lines):
            flags.append(column)
    tags = tuple(column for column in candidates if column not in flags)
    certainty = next((column for column in others if plain(names[column]) == "confidence"), None)
    used = {*candidates, split}
    left_out = tuple(column for column in others if column not in used)
    return Columns(image, tags, tuple(flags), split, certainty, left_out)


def _find_split(names: Sequence[str], others: list[int], lines: Sequence[Line]) -> int | None:
    """The column of splits: one that is called so, or is not called a column of tags and holds
    nothing but words for splits, of several.
    """
    for column in others:
        if plain(names[column]) in (*SPLIT_COLUMNS, *SPLIT_FLAGS):
            return column
    for column in others:
        words = {cell_of(line, column).lower() for line in lines}
        splits = {SPLIT_WORDS.get(word) for word in words}
        if not is_tag_column(names[column]) and None not in splits and len(splits) > 1:
            return column
    return None


def split_of(name: str, cell: str) -> str:
    """The split that a cell of a column called `name` states: its word, or that of yes or no."""
    if plain(name) not in SPLIT_FLAGS or not cell:
        return cell
    of_yes, of_no = SPLIT_FLAGS[plain(name)]
    if cell.lower() in YES:
        return of_yes
    return of_no if cell.lower() in NO else cell


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
        named = [column for column in called if not has_numbers(column, lines)]
        return named or called  # numbers beside names say the same again
    possible = [column for column in others if not is_other_column(names[column])]
    possible = [column for column in possible if _is_filled(column, lines)] or possible
    flags = _find_flags(path, names, possible, lines)
    texts = [column for column in possible if not has_numbers(column, lines)]
    if len(flags) > 1 or (flags and set(texts) <= set(flags)):
        return flags
    for only in () if flags else (possible, texts):
        if len(only) == 1:
            return only
    left = ", ".join(names[column] for column in possible or others)
    raise UserError(
        f"table {path}: it is not clear which column holds the tags ({left}); call it 'labels', "
        "or name it with --tag-columns; columns of 1 and 0 are classes, those of other numbers not"
    )


def _find_flags(
    path: Path, names: Sequence[str], possible: Sequence[int], lines: Sequence[Line]
) -> list[int]:
    """The columns of yes and no, if some cell says yes.

    UserError for a column beside them of which only most cells say yes or no, as counts do.
    """
    flags = [column for column in possible if _is_flag(column, lines)]
    cells = {cell_of(line, column).lower() for column in flags for line in lines}
    if cells.isdisjoint(YES):
        return []
    for column in possible:
        odd = None if column in flags else _find_odd(column, lines)
        if odd is not None:
            raise UserError(
                f"table {path} has '{cell_of(odd, column)}' in line {odd.number}, in the column "
                f"'{names[column]}', whose other cells say yes or no; write 1 or 0, or name the "
                "columns of classes with --tag-columns, or call this one 'note' to leave it out"
            )
    return flags


def _find_odd(column: int, lines: Sequence[Line]) -> Line | None:
    """The first line that says neither yes nor no; None where most filled cells do not."""
    filled = [line for line in lines if cell_of(line, column)]
    odd = [line for line in filled if cell_of(line, column).lower() not in (*YES, *NO)]
    return odd[0] if odd and 2 * len(odd) < len(filled) else None


def _is_filled(column: int, lines: Sequence[Line]) -> bool:
    """Whether some cell of a column has more than a word for nothing."""
    return not all(is_nothing(cell_of(line, column)) for line in lines)


def _is_flag(column: int, lines: Sequence[Line]) -> bool:
    """Whether all cells of a column say yes or no, and some cell is filled."""
    cells = [cell_of(line, column).lower() for line in lines]
    return any(cells) and all(cell in YES or cell in NO for cell in cells)


def has_numbers(column: int, lines: Sequence[Line]) -> bool:
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
