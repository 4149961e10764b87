"""Reads the rows of a table: the tags of each photo, or one value, such as its split or group."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wsss.data.account import Account
from wsss.data.folder_settings import TagSettings
from wsss.data.table_cells import CellSplitter
from wsss.data.table_columns import Columns, cell_of, choose_columns, has_uncertain
from wsss.data.table_head import Table, split_table
from wsss.data.table_lines import Line, read_lines
from wsss.data.table_names import SPLIT_WORDS, UNSTATED, YES, is_photo, plain
from wsss.data.tables import Row
from wsss.run.errors import UserError

ABSENT = "tags with a confidence of 0, which are absent and left out"
UNCERTAIN = "columns of classes with -1 beside 0, of which both are taken as no"
"""kinds of problems"""


def read_tag_table(path: Path, settings: TagSettings, account: Account) -> list[Row]:
    """The rows of a table of tags in a file (table_lines.py)."""
    return rows_of_tags(path, read_lines(path, account.notes), settings, account)


def rows_of_tags(
    path: Path, lines: Sequence[Line], settings: TagSettings, account: Account
) -> list[Row]:
    """A row for each line of a table of tags, but for its header (table_head.py).

    choose_columns says what its columns are. Without a header the first cell with the ending of a
    photo is the photo, and all others are tags, except a column of splits. The account is told how
    the table was understood. UserError for tags that are names of files.
    """
    table = split_table(lines)
    splitter = CellSplitter(settings.separator)
    account.notes += [f"{path.name}: {note}" for note in table.notes()]
    if table.header is not None:
        rows = _read_with_header(path, table, splitter, settings, account)
    else:
        _check_header(path, lines, settings)
        rows = _read_without_header(path, table, splitter, account)
    note = splitter.note()
    account.notes += [f"{path.name}: {note}"] if note else []
    _check_no_files(path, rows)
    return rows


def _check_header(path: Path, lines: Sequence[Line], settings: TagSettings) -> None:
    """UserError where a table without a header must have one."""
    if settings.tag_columns is not None:
        raise UserError(f"table {path} has no header, in which tag_columns could be found")
    if lines and lines[0].number == 0:  # keys of JSON
        keys = ", ".join(lines[0].cells)
        raise UserError(f"table {path}: none of its keys names the photos ({keys}); call it image")


def _check_no_files(path: Path, rows: Sequence[Row]) -> None:
    """UserError for a tag that is the name of a picture."""
    for row in rows:
        for tag in filter(is_photo, row.tags):
            raise UserError(
                f"table {path}: the tag '{tag}' in {row.where} is the name of a file; name the "
                "column of tags with --tag-columns, and the folder of masks with --masks"
            )


def _read_with_header(
    path: Path, table: Table, splitter: CellSplitter, settings: TagSettings, account: Account
) -> list[Row]:
    """A row for each line below the header."""
    names = table.header or []
    columns = choose_columns(path, names, table.image, table.rows, settings.tag_columns)
    account.notes.append(f"{path.name}: {describe(columns, names)}")
    uncertain = [names[column] for column in columns.flags if has_uncertain(column, table.rows)]
    if uncertain:
        account.problems[UNCERTAIN] += [f"'{name}'" for name in uncertain]
    rows = []
    for line in table.rows:
        row = _read_row(path, names, columns, line, splitter)
        if columns.certainty is not None and cell_of(line, columns.certainty) in ("0", "0.0"):
            account.problems[ABSENT] += [f"{row.where}: '{tag}'" for tag in row.tags]
            row = replace(row, tags=())
        rows.append(row)
    return rows


def describe(columns: Columns, names: Sequence[str]) -> str:
    """The columns in words, such as "photos in 'image', tags in 'labels'; left out: 'width'"."""
    parts = [f"photos in '{names[columns.image]}'"]
    parts += [f"tags in {_quote(columns.tags, names)}"] if columns.tags else []
    if columns.flags:
        parts.append(f"a class for each column of yes and no: {_quote(columns.flags, names)}")
    parts += [f"splits in '{names[columns.split]}'"] if columns.split is not None else []
    left_out = f"; left out: {_quote(columns.left_out, names)}" if columns.left_out else ""
    return ", ".join(parts) + left_out


def _quote(columns: Sequence[int], names: Sequence[str]) -> str:
    return ", ".join(f"'{names[column]}'" for column in columns)


def _read_without_header(
    path: Path, table: Table, splitter: CellSplitter, account: Account
) -> list[Row]:
    """A row for each line; all cells but the photo's are tags, or the split."""
    split, rows = _find_splits(table), []
    if split is not None:
        account.notes.append(f"{path.name}: splits in column {split + 1}")
    for line in table.rows:
        others = [cell for n, cell in enumerate(line.cells) if n not in (table.image, split)]
        where = f"{path.name} line {line.number}"
        word = "" if split is None else cell_of(line, split)
        word = "" if word.lower() == UNSTATED else word
        photo = cell_of(line, table.image)
        rows.append(Row(photo, _split_all(others, where, splitter), where, word))
    return rows


def _find_splits(table: Table) -> int | None:
    """The column of splits of a table without a header: one of at least three, all of whose cells
    are words for splits.
    """
    width = min((len(line.cells) for line in table.rows), default=0)
    for column in range(width if width > 2 else 0):
        words = {line.cells[column].lower() for line in table.rows}
        if column != table.image and words <= {*SPLIT_WORDS, UNSTATED}:
            return column
    return None


def _split_all(cells: Sequence[str], where: str, splitter: CellSplitter) -> tuple[str, ...]:
    tags: list[str] = []
    for cell in cells:
        tags += splitter.split(cell, where)
    return tuple(tags)


def _read_row(
    path: Path, names: Sequence[str], columns: Columns, line: Line, splitter: CellSplitter
) -> Row:
    """The row of a line below a header.

    Cells beyond the header go on with the tags, if its last column holds tags.
    """
    where = f"{path.name} line {line.number}"
    cells = [cell_of(line, column) for column in columns.tags]
    if len(names) - 1 in columns.tags:
        cells += line.cells[len(names) :]
    tags = list(_split_all(cells, where, splitter))
    for column in columns.flags:
        if cell_of(line, column).lower() in YES:
            tags.append(names[column])
    split = "" if columns.split is None else cell_of(line, columns.split)
    return Row(cell_of(line, columns.image), tuple(tags), where, split)


def read_values(path: Path, names: Sequence[str]) -> list[Row]:
    """A row for each photo of a table with one value for each, such as its split.

    The value is in the first column that `names` has, else in the first beside the photo.
    """
    table = split_table(read_lines(path))
    value = _find_value(table.header, table.image, names)
    rows = []
    for line in table.rows:
        cell = cell_of(line, value)
        where = f"{path.name} line {line.number}"
        rows.append(Row(cell_of(line, table.image), (cell,) if cell else (), where))
    return rows


def _find_value(header: Sequence[str] | None, photo: int, names: Sequence[str]) -> int:
    """The column of values."""
    for column, name in enumerate(header or ()):
        if plain(name) in names:
            return column
    return 1 if photo == 0 else 0
