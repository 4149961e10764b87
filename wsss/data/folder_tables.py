"""Tables beside a folder of photos: the split of each photo, and its group."""

from collections.abc import Iterator
from pathlib import Path

from wsss.data.account import Account
from wsss.data.photo_finder import PhotoFinder
from wsss.data.tables import Row, read_csv
from wsss.run.errors import UserError


def read_splits(table: str, found: PhotoFinder, account: Account) -> Iterator[tuple[Path, str]]:
    """Photo and `train` or `val`; rows that fit no photo, or several, are listed."""
    for path, row in _rows(table, "split file", found, account):
        split = row.tags[0].lower() if row.tags else ""
        if split not in ("train", "val"):
            raise UserError(
                f"split file {table} says '{split}' in {row.where}; train or val is expected "
                "behind each photo"
            )
        yield path, split


def read_groups(table: str | None, found: PhotoFinder, account: Account) -> dict[Path, str]:
    """Photo -> group, of those that a table gives one; rows that fit no photo, or several, are
    listed.
    """
    groups = {}
    for path, row in [] if table is None else _rows(table, "table of groups", found, account):
        if not row.tags:
            raise UserError(
                f"table of groups {table} names no group in {row.where}; the name of one is "
                "expected behind each photo"
            )
        groups[path] = row.tags[0]
    return groups


def _rows(
    table: str, what: str, found: PhotoFinder, account: Account
) -> Iterator[tuple[Path, Row]]:
    """The rows of a table that name one photo, and that photo."""
    for row in read_csv(Path(table)):
        paths = found(row.image)
        if len(paths) == 1:
            yield paths[0], row
        else:
            kind = "without a photo" if not paths else "that several photos fit"
            account.problems[f"rows of the {what} {kind}"].append(f"{row.where}: '{row.image}'")
