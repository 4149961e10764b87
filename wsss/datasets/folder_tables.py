"""Tables beside a folder of photos: the split of each photo, and its group."""

from collections.abc import Iterable
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.match_rows import match_rows
from wsss.brought.photo_finder import PhotoFinder
from wsss.brought.table_names import SPLIT_COLUMNS, SPLIT_WORDS
from wsss.brought.table_rows import read_values
from wsss.brought.tables import Row
from wsss.run.errors import UserError

GROUP_COLUMNS = ("group", "scene", "video", "patient", "sequence")
"""names of the column of groups"""


def read_splits(
    table: str | None, rows: list[Row], finder: PhotoFinder, account: Account
) -> dict[Path, str] | None:
    """Each photo whose split is stated, and the split: `train`, `val` or `test`.

    It is stated by the split file `table`, else by the `rows` of tags, in a column of splits or by
    folders; None where neither says anything. UserError for another split, and for a photo in two.
    """
    if table is not None:
        path = Path(table)
        named = _read_lists(path) if path.is_dir() else _read_table(path)
        return _read_words(named, f"split file {table}", "rows of the split file", finder, account)
    if not any(row.split for row in rows):
        return None
    named = [(row, row.split) for row in rows if row.split]
    return _read_words(named, "the table of tags", "rows with a split", finder, Account())


def _read_table(path: Path) -> list[tuple[Row, str]]:
    """Each row of a table of splits, and its word."""
    return [(row, row.tags[0] if row.tags else "") for row in read_values(path, SPLIT_COLUMNS)]


def _read_lists(folder: Path) -> list[tuple[Row, str]]:
    """Each line of the lists train.txt, val.txt and test.txt in a folder, and its split."""
    named = []
    for file in sorted(folder.glob("*.txt")):
        if file.stem.lower() in SPLIT_WORDS:
            named += [(row, file.stem) for row in read_values(file, SPLIT_COLUMNS)]
    if not named:
        raise UserError(
            f"folder {folder} has no lists train.txt and val.txt with names of photos; name a "
            "folder with them, or a table of photos and splits"
        )
    return named


def _read_words(
    named: list[tuple[Row, str]], what: str, rows: str, finder: PhotoFinder, account: Account
) -> dict[Path, str]:
    """Photo -> split, of rows and their words for a split."""
    words = {id(row): word for row, word in named}
    found: dict[Path, str] = {}
    for path, row in match_rows([row for row, _ in named], finder, account, rows):
        word = words[id(row)]
        split = SPLIT_WORDS.get(word.lower())
        if split is None:
            raise UserError(
                f"{what} says '{word}' in {row.where}; train, val or test is expected for each "
                "photo, or name the folder of the lists train.txt and val.txt"
            )
        if found.setdefault(path, split) != split:
            raise UserError(
                f"{what} puts '{row.image}' into {found[path]} and, in {row.where}, into {split}; "
                "keep one of them"
            )
    return found


def read_groups(table: str | None, finder: PhotoFinder, account: Account) -> dict[Path, str]:
    """Photo -> its group, for the photos that the table names; empty without a table.

    Rows that fit no photo, or several, go to the account. UserError for a row without a group, and
    for a photo in two groups.
    """
    groups: dict[Path, str] = {}
    rows: Iterable[Row] = [] if table is None else read_values(Path(table), GROUP_COLUMNS)
    for path, row in match_rows(list(rows), finder, account, "rows of the table of groups"):
        if not row.tags:
            raise UserError(
                f"table of groups {table} names no group in {row.where}; write the group's name "
                "behind each photo"
            )
        if groups.setdefault(path, row.tags[0]) != row.tags[0]:
            raise UserError(
                f"table of groups {table} puts '{row.image}' into '{groups[path]}' and, in "
                f"{row.where}, into '{row.tags[0]}'; keep one of them"
            )
    return groups
