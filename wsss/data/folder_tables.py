"""Tables beside a folder of photos: the split of each photo, and its group."""

from collections.abc import Iterator
from pathlib import Path

from wsss.data.account import Account
from wsss.data.photo_finder import PhotoFinder
from wsss.data.tables import Row, read_csv
from wsss.run.errors import UserError


def read_splits(table: str, finder: PhotoFinder, account: Account) -> Iterator[tuple[Path, str]]:
    """Each photo that the table names, and its split, `train` or `val`.

    Rows that fit no photo, or several, go to the account. UserError for another split.
    """
    for path, row in _matched_rows(table, "split file", finder, account):
        split = row.tags[0].lower() if row.tags else ""
        if split not in ("train", "val"):
            raise UserError(
                f"split file {table} says '{split}' in {row.where}; train or val is expected "
                "behind each photo"
            )
        yield path, split


def read_groups(table: str | None, finder: PhotoFinder, account: Account) -> dict[Path, str]:
    """Photo -> its group, for the photos that the table names; empty without a table.

    Rows that fit no photo, or several, go to the account. UserError for a row without a group.
    """
    groups: dict[Path, str] = {}
    if table is None:
        return groups
    for path, row in _matched_rows(table, "table of groups", finder, account):
        if not row.tags:
            raise UserError(
                f"table of groups {table} names no group in {row.where}; write the group's name "
                "behind each photo"
            )
        groups[path] = row.tags[0]
    return groups


def _matched_rows(
    table: str, what: str, finder: PhotoFinder, account: Account
) -> Iterator[tuple[Path, Row]]:
    """Each row that fits exactly one photo, with this photo; others go to the account."""
    for row in read_csv(Path(table)):
        paths = finder.find(row.image)
        if len(paths) == 1:
            yield paths[0], row
        else:
            kind = "without a photo" if not paths else "that several photos fit"
            account.problems[f"rows of the {what} {kind}"].append(f"{row.where}: '{row.image}'")
