"""The splits of a folder of photos: train and val as stated or sampled, tune and fit of train."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from wsss.brought.account import Account
from wsss.data.photo import Photo
from wsss.data.splits import SEED, sample_split
from wsss.run.counted import counted
from wsss.run.errors import UserError

Splits = dict[str, tuple[str, ...]]
"""split -> ids"""


def make_splits(
    photos: Mapping[Path, Photo],
    with_row: Sequence[Photo],
    stated: Mapping[Path, str] | None,
    val_share: float,
    account: Account,
) -> Splits:
    """The splits train, val, tune and fit. Those in train are among `with_row`, the photos with a
    row in the table of tags; those that are stated to be in val need none.

    Photos whose split is not stated, while others' are, are in no split; the account lists them.
    """
    if stated is None:
        val = sample_val(with_row, val_share)
        train = [photo for photo in with_row if photo.id not in val]
    else:
        split_of = {photos[path].id: split for path, split in stated.items()}
        val = {photo_id for photo_id, split in split_of.items() if split == "val"}
        train = [photo for photo in with_row if split_of.get(photo.id) == "train"]
        _note_splits(photos.values(), with_row, split_of, account)
    if not train or not (val or val_share == 0):
        way_out = "tag more of them, or give a split file"
        if stated is not None:
            way_out = f"the stated splits name {len(stated)} photos{_first(account)}; correct them"
        raise UserError(
            f"{len(with_row)} tagged photos cannot be split into train ({len(train)}) and val "
            f"({len(val)}); {way_out}"
        )
    tune = set(sample_split(train))
    ids_of_train = tuple(photo.id for photo in train)
    return {
        "train": ids_of_train,
        "val": tuple(photo.id for photo in photos.values() if photo.id in val),
        "tune": tuple(photo_id for photo_id in ids_of_train if photo_id in tune),
        "fit": tuple(photo_id for photo_id in ids_of_train if photo_id not in tune),
    }


def _first(account: Account) -> str:
    """The first row of splits that fits no photo, for the end of a message; "" without one."""
    kinds = [kind for kind in account.problems if "split file" in kind and "without" in kind]
    cases = [f" ({kind}: {account.problems[kind][0]})" for kind in kinds if account.problems[kind]]
    return cases[0] if cases else ""


def sample_val(photos: Sequence[Photo], share: float) -> set[str]:
    """The ids of a sampled share of photos, stratified by the rarest tag.

    Where every class is so small that its share rounds to none, photos (or groups) are drawn
    without regard to tags, at least one. Empty for a share of 0.
    """
    val = set(sample_split(photos, share))
    if val or share == 0:
        return val
    units = sorted({photo.group or photo.id for photo in photos})
    count = max(1, round(len(units) * share)) if len(units) > 1 else 0
    drawn = set(np.random.default_rng(SEED).permutation(units)[:count].tolist())
    return {photo.id for photo in photos if (photo.group or photo.id) in drawn}


def _note_splits(
    photos: Iterable[Photo], with_row: Sequence[Photo], split_of: dict[str, str], account: Account
) -> None:
    """Enter photos that are in no split against somebody's will, and divided groups."""
    has_row = {photo.id for photo in with_row}
    unnamed: list[str] = []
    untagged: list[str] = []
    tests: list[str] = []
    for photo in photos:
        split = split_of.get(photo.id)
        if split is None and photo.id in has_row:
            unnamed.append(photo.image)
        elif split == "train" and photo.id not in has_row:
            untagged.append(photo.image)
        elif split == "test":
            tests.append(photo.image)
    kind = "photos with tags that the split file does not name, which are in no split"
    account.problems[kind] = unnamed
    account.problems["photos that are to train but have no row of tags"] = untagged
    if tests:
        account.notes.append(
            f"in neither train nor val: {counted(len(tests), 'photo')} of the split test, "
            f"the first: {tests[0]}"
        )
    val = {photo_id for photo_id, split in split_of.items() if split == "val"}
    named = [photo for photo in photos if split_of.get(photo.id) in ("train", "val")]
    divided = _find_divided_groups(named, val)
    kind = "groups, or equal photos, that the split file divides between train and val"
    account.problems[kind] = divided


def _find_divided_groups(photos: list[Photo], val: set[str]) -> list[str]:
    """The groups that have photos in train and in val."""
    in_val: dict[str, set[bool]] = defaultdict(set)
    for photo in photos:
        if photo.group is not None:
            in_val[photo.group].add(photo.id in val)
    return sorted(group for group, values in in_val.items() if len(values) == 2)
