"""Reads the rows of a table without a header: the first cell with the ending of a photo is the
photo, all others are tags, but for columns of splits and of numbers.
"""

from collections.abc import Sequence
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.folder_settings import TagSettings
from wsss.brought.table_cells import CellSplitter
from wsss.brought.table_columns import cell_of, has_numbers
from wsss.brought.table_head import Table
from wsss.brought.table_lines import Line
from wsss.brought.table_names import SPLIT_WORDS, UNSTATED, has_photo
from wsss.brought.tables import Row
from wsss.brought.tag_vectors import AS_VECTORS, read_vectors


def read_without_header(
    path: Path, table: Table, splitter: CellSplitter, settings: TagSettings, account: Account
) -> list[Row]:
    """A row for each line. The account is told how the columns were understood."""
    split, lines = _find_splits(table), table.rows
    others = [column for column in range(_width(lines)) if column not in (table.image, split)]
    numbers = _find_numbers(others, lines)
    _note_columns(path, split, numbers, account)
    _note_first_line(path, table, account)
    places = [f"{path.name} line {line.number}" for line in lines]
    cells = [[cell_of(line, n) for n in others if n not in numbers] for line in lines]
    joined = [",".join(filter(None, of_line)) for of_line in cells]
    tags = read_vectors(path, places, joined, settings.classes)
    account.notes += [] if tags is None else [f"{path.name}: {AS_VECTORS}"]
    if tags is None:
        tags = [splitter.split_all(*pair) for pair in zip(cells, places)]
    rows = []
    for line, where, of_line in zip(lines, places, tags):
        word = "" if split is None else cell_of(line, split)
        word = "" if word.lower() == UNSTATED else word
        rows.append(Row(cell_of(line, table.image), of_line, where, word))
    return rows


def _find_numbers(others: Sequence[int], lines: Sequence[Line]) -> list[int]:
    """The columns of numbers; none where no other column has a text: then numbers are the tags."""
    numbers = [column for column in others if has_numbers(column, lines)]
    texts = [column for column in others if column not in numbers]
    return numbers if any(cell_of(line, n) for line in lines for n in texts) else []


def _note_columns(path: Path, split: int | None, numbers: Sequence[int], account: Account) -> None:
    """Say which columns hold no tags."""
    if split is not None:
        account.notes.append(f"{path.name}: splits in column {split + 1}")
    if numbers:
        named = ", ".join(str(column + 1) for column in numbers)
        account.notes.append(f"{path.name}: left out: columns of numbers beside texts: {named}")


def _note_first_line(path: Path, table: Table, account: Account) -> None:
    """Say that the first line was not taken for a header, where it has no photo by its ending."""
    if table.rows and not has_photo(table.rows[0].cells):
        first = table.rows[0]
        account.notes.append(
            f"{path.name} has no header: '{cell_of(first, table.image)}' in line {first.number} is "
            "a photo; if it is the name of a column, call that column 'image'"
        )


def _width(lines: Sequence[Line]) -> int:
    return max((len(line.cells) for line in lines), default=0)


def _find_splits(table: Table) -> int | None:
    """The column of splits: one of at least three, all of whose cells are words for splits."""
    width = min((len(line.cells) for line in table.rows), default=0)
    for column in range(width if width > 2 else 0):
        words = {line.cells[column].lower() for line in table.rows}
        if column != table.image and words <= {*SPLIT_WORDS, UNSTATED}:
            return column
    return None
