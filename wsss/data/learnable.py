"""Finds classes that tags cannot teach: a classifier needs photos with and without each class."""

from collections.abc import Mapping
from pathlib import Path

from wsss.data.account import Account

FEW = 2
"""a class with fewer photos is named"""


def note_unlearnable(tags: Mapping[Path, tuple[str, ...]], account: Account) -> None:
    """Enter classes in every photo, classes that only come together, and classes of one photo.

    `tags` has each photo with a row of the table.
    """
    photos: dict[str, frozenset[Path]] = {}
    for name in sorted(account.classes):
        photos[name] = frozenset(path for path, row in tags.items() if name in row)
    for name, found in photos.items():
        if len(found) == len(tags):
            kind = (
                "classes in every photo, so that nothing tells where they are; add photos without "
                "them, with an empty cell"
            )
            account.problems[kind].append(f"'{name}' ({len(found)} photos)")
        if len(found) < FEW:
            account.problems["classes that a single photo has"].append(f"'{name}'")
    _note_together(photos, account)


def _note_together(photos: Mapping[str, frozenset[Path]], account: Account) -> None:
    """Enter classes that have exactly the same photos, so that no tag tells them apart."""
    names: dict[frozenset[Path], list[str]] = {}
    for name, found in photos.items():
        names.setdefault(found, []).append(f"'{name}'")
    for found, together in names.items():
        if len(together) > 1:
            kind = "classes that always come together, so that nothing tells them apart"
            account.problems[kind].append(f"{' and '.join(together)} ({len(found)} photos)")
