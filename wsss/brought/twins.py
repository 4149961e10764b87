"""Photos whose files have the same bytes: told, and sampled into one split together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from wsss.brought.account import Account
from wsss.data.file_cache import FileCache
from wsss.data.photo import Photo

TWICE = "the same photo twice"
"""the kind of problem"""


def find_twins(
    root: Path, paths: Sequence[Path], account: Account, cache: FileCache
) -> dict[Path, Path]:
    """Each photo that is the same as an earlier one -> the earlier one; the account lists them.
    Only files of equal size are read.
    """
    by_size: dict[int, list[Path]] = defaultdict(list)
    for path in paths:
        by_size[path.stat().st_size].append(path)
    first: dict[str, Path] = {}
    twins: dict[Path, Path] = {}
    for same_size in by_size.values():
        if len(same_size) == 1:
            continue
        for path in same_size:
            other = first.setdefault(cache.digest(path), path)
            if other != path:
                twins[path] = other
    pairs = [
        f"{other.relative_to(root)} and {path.relative_to(root)}" for path, other in twins.items()
    ]
    account.problems[TWICE] = pairs
    return twins


def keep_together(photos: Mapping[Path, Photo], twins: Mapping[Path, Path]) -> dict[Path, Photo]:
    """The photos, with equal ones in one group, so that splits are sampled with them together.

    Groups that have equal photos become one.
    """
    units = {path: photo.group or photo.id for path, photo in photos.items()}
    joined: dict[str, str] = {}
    for path, other in twins.items():
        joined[_last(joined, units[path])] = _last(joined, units[other])
    members = {_last(joined, units[path]) for pair in twins.items() for path in pair}
    found = {}
    for path, photo in photos.items():
        unit = _last(joined, units[path])
        found[path] = replace(photo, group=unit) if unit in members else photo
    return found


def _last(joined: Mapping[str, str], unit: str) -> str:
    """The unit that a unit was joined to in the end."""
    while joined.get(unit, unit) != unit:
        unit = joined[unit]
    return unit
