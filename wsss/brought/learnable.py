"""Finds classes that tags cannot teach: a classifier needs photos with and without each class."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from wsss.brought.account import Account
from wsss.run.counted import counted

FEW = 2
"""a class with fewer photos is named"""


def note_unlearnable(
    tags: Mapping[Path, tuple[str, ...]], classes: Sequence[str], account: Account
) -> None:
    """Enter classes in every photo, classes that only come together, and classes of one photo or
    none.

    `tags` has each photo with a row of the table.
    """
    without = [f"'{name}'" for name in classes if not account.classes[name]]
    account.problems["classes that no photo is tagged with"] = without
    photos: dict[str, frozenset[Path]] = {}
    for name in sorted(account.classes):
        photos[name] = frozenset(path for path, row in tags.items() if name in row)
    for name, found in photos.items():
        if len(found) == len(tags):
            kind = (
                "classes in every photo, so that nothing tells where they are; add photos without "
                "them, with an empty cell"
            )
            account.problems[kind].append(f"'{name}' ({counted(len(found), 'photo')})")
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
            account.problems[kind].append(
                f"{' and '.join(together)} ({counted(len(found), 'photo')})"
            )
