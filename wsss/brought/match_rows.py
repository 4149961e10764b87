"""Matches the rows of a table with photos. What fits no photo, or several, goes to the account."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.photo_finder import PhotoFinder
from wsss.brought.tables import Row


def match_rows(
    rows: Sequence[Row], finder: PhotoFinder, account: Account, what: str = "rows"
) -> Iterator[tuple[Path, Row]]:
    """Each row that fits exactly one photo, with this photo, in the order of the rows.

    Where a name fits no photo, its other name is tried, then its end. A photo that is found by the
    end of a name must not be named by another row, too: then the name means another photo.
    """
    exact = [_find_exact(row, finder) for row in rows]
    by_end = _find_by_ends(rows, exact, finder)
    _note_ends(by_end, rows, account, what)
    for number, row in enumerate(rows):
        paths = exact[number] or by_end.get(number, [])
        if len(paths) == 1:
            yield paths[0], row
        else:
            kind = "that several photos fit" if paths else "without a photo"
            account.problems[f"{what} {kind}"].append(f"{row.where}: '{row.image}'")


def _find_exact(row: Row, finder: PhotoFinder) -> list[Path]:
    """The photos that the row's name fits, or else its other name."""
    found = finder.find(row.image)
    if not found and row.other_name:
        found = finder.find(row.other_name)
    return found


def _find_by_ends(
    rows: Sequence[Row], exact: Sequence[list[Path]], finder: PhotoFinder
) -> dict[int, list[Path]]:
    """Number of a row -> the photos that the end of its name fits, for rows without an exact one.

    Left out are photos that other rows name exactly, or by another name that ends so.
    """
    taken = {path for paths in exact for path in paths}
    found: dict[int, list[Path]] = {}
    names: dict[Path, set[str]] = defaultdict(set)
    for number, row in enumerate(rows):
        if exact[number]:
            continue
        paths = finder.find_by_end(row.image)
        if paths and taken.isdisjoint(paths):
            found[number] = paths
            for path in paths:
                names[path].add(row.image.lower())
    return {n: paths for n, paths in found.items() if all(len(names[p]) == 1 for p in paths)}


def _note_ends(
    by_end: dict[int, list[Path]], rows: Sequence[Row], account: Account, what: str
) -> None:
    """Say how many rows were found by the ends of their names, with the first."""
    single = [number for number, paths in by_end.items() if len(paths) == 1]
    if single:
        row = rows[single[0]]
        account.notes.append(
            f"{len(single)} {what} were found by the end of their name, the first: {row.where}: "
            f"'{row.image}' is {by_end[single[0]][0].name}"
        )
