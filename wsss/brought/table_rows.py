"""Reads the rows of a table: the tags of each photo, or one value, such as its split or group."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.folder_settings import TagSettings
from wsss.brought.headless_tables import read_without_header
from wsss.brought.table_cells import CellSplitter
from wsss.brought.table_columns import Columns, cell_of, choose_columns, has_uncertain, split_of
from wsss.brought.table_head import Table, split_table
from wsss.brought.table_lines import Line, read_lines
from wsss.brought.table_names import YES, is_photo, plain
from wsss.brought.tables import Row
from wsss.brought.tag_vectors import AS_VECTORS, read_vectors
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

    choose_columns says what its columns are, headless_tables.py what they are without a header. The
    account is told how the table was understood. UserError for tags that are names of files.
    """
    table = split_table(lines)
    splitter = CellSplitter(settings.separator)
    account.notes += [f"{path.name}: {note}" for note in table.notes()]
    if table.header is not None:
        rows = _read_with_header(path, table, splitter, settings, account)
    else:
        _check_header(path, lines, settings)
        rows = read_without_header(path, table, splitter, settings, account)
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
    vectors = _find_vectors(path, names, columns, table.rows, settings)
    account.notes += [] if vectors is None else [f"{path.name}: {AS_VECTORS}"]
    rows = []
    for number, line in enumerate(table.rows):
        tags = None if vectors is None else vectors[number]
        row = _read_row(path, names, columns, line, splitter, tags)
        if columns.certainty is not None and cell_of(line, columns.certainty) in ("0", "0.0"):
            account.problems[ABSENT] += [f"{row.where}: '{tag}'" for tag in row.tags]
            row = replace(row, tags=())
        rows.append(row)
    return rows


def _find_vectors(
    path: Path,
    names: Sequence[str],
    columns: Columns,
    lines: Sequence[Line],
    settings: TagSettings,
) -> list[tuple[str, ...]] | None:
    """The tags of each line, if the only column of tags holds vectors of 1 and 0; else None."""
    if columns.flags or len(columns.tags) > 1:
        return None
    cells = [",".join(filter(None, _tag_cells(names, columns, line))) for line in lines]
    places = [f"{path.name} line {line.number}" for line in lines]
    return read_vectors(path, places, cells, settings.classes)


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


def _read_row(
    path: Path,
    names: Sequence[str],
    columns: Columns,
    line: Line,
    splitter: CellSplitter,
    known: Sequence[str] | None,
) -> Row:
    """The row of a line below a header; `known` are its tags where they are known already."""
    where = f"{path.name} line {line.number}"
    if known is None:
        known = splitter.split_all(_tag_cells(names, columns, line), where)
    tags = list(known)
    for column in columns.flags:
        if cell_of(line, column).lower() in YES:
            tags.append(names[column])
    split = ""
    if columns.split is not None:
        split = split_of(names[columns.split], cell_of(line, columns.split))
    return Row(cell_of(line, columns.image), tuple(tags), where, split)


def _tag_cells(names: Sequence[str], columns: Columns, line: Line) -> list[str]:
    """The cells of a line that hold tags. Those beyond the header go on with the tags, if its last
    column holds tags.
    """
    cells = [cell_of(line, column) for column in columns.tags]
    beyond = line.cells[len(names) :] if len(names) - 1 in columns.tags else []
    return [*cells, *beyond]


def read_values(path: Path, names: Sequence[str]) -> list[Row]:
    """A row for each photo of a table with one value for each, such as its split.

    The value is in the first column that `names` has, else in the first beside the photo. UserError
    for a file of JSON, which is read for tags only.
    """
    if path.suffix.lower() == ".json":
        raise UserError(f"table {path} is JSON, which is read for tags only; save it as CSV")
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
