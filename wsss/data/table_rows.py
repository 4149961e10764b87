"""Reads the rows of a table: the tags of each photo, or one value, such as its split or group."""

from collections.abc import Sequence
from pathlib import Path

from wsss.data.account import Account
from wsss.data.folder_settings import TagSettings
from wsss.data.table_cells import CellSplitter
from wsss.data.table_columns import (
    Columns,
    cell_of,
    choose_columns,
    find_image_column,
    first_photo,
)
from wsss.data.table_lines import Line, read_lines
from wsss.data.table_names import YES, plain
from wsss.data.tables import Row
from wsss.run.errors import UserError


def read_tag_table(path: Path, settings: TagSettings, account: Account) -> list[Row]:
    """The rows of a table of tags in a file (table_lines.py)."""
    return rows_of_tags(path, read_lines(path), settings, account)


def rows_of_tags(
    path: Path, lines: Sequence[Line], settings: TagSettings, account: Account
) -> list[Row]:
    """A row for each line of a table of tags, but for its header.

    A first line that names a column of photos is a header; choose_columns says what the others are.
    Without a header the first cell with the ending of a photo is the photo, and all others are
    tags. The account is told how the table was understood.
    """
    if not lines:
        return []
    splitter = CellSplitter(settings.separator)
    if find_image_column(lines[0].cells) is None:
        if settings.tag_columns is not None:
            raise UserError(f"table {path} has no header, in which tag_columns could be found")
        rows = _read_without_header(path, lines, splitter)
    else:
        header, lines = lines[0], lines[1:]
        columns = choose_columns(path, header, lines, settings.tag_columns)
        account.notes.append(f"{path.name}: {describe(columns, header.cells)}")
        rows = [_read_row(path, header.cells, columns, line, splitter) for line in lines]
    note = splitter.note()
    account.notes += [f"{path.name}: {note}"] if note else []
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


def _read_without_header(path: Path, lines: Sequence[Line], splitter: CellSplitter) -> list[Row]:
    """A row for each line; all cells but the photo's are tags."""
    photo, rows = first_photo(lines[0].cells), []
    for line in lines:
        others = [cell for column, cell in enumerate(line.cells) if column != photo]
        where = f"{path.name} line {line.number}"
        rows.append(Row(cell_of(line, photo), _split_all(others, where, splitter), where))
    return rows


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
    lines = read_lines(path)
    photo = find_image_column(lines[0].cells) if lines else None
    if photo is None:
        photo, header = first_photo(lines[0].cells) if lines else 0, None
    else:
        header, lines = lines[0].cells, lines[1:]
    value = _find_value(header, photo, names)
    rows = []
    for line in lines:
        cell = cell_of(line, value)
        where = f"{path.name} line {line.number}"
        rows.append(Row(cell_of(line, photo), (cell,) if cell else (), where))
    return rows


def _find_value(header: Sequence[str] | None, photo: int, names: Sequence[str]) -> int:
    """The column of values."""
    for column, name in enumerate(header or ()):
        if plain(name) in names:
            return column
    return 1 if photo == 0 else 0
