"""The splits of a folder of photos: train and val from a file or sampled, tune and fit of train."""

from collections import defaultdict
from pathlib import Path

from wsss.data.account import Account
from wsss.data.folder_settings import FolderSettings
from wsss.data.folder_tables import read_splits
from wsss.data.photo import Photo
from wsss.data.photo_finder import PhotoFinder
from wsss.data.splits import sample_split
from wsss.run.errors import UserError

Splits = dict[str, tuple[str, ...]]
"""split -> ids"""


def make_splits(
    photos: list[Photo],
    finder: PhotoFinder,
    ids: dict[Path, str],
    settings: FolderSettings,
    account: Account,
) -> Splits:
    """The splits train, val, tune and fit of `photos`, those with a row in the table of tags.

    Photos that a split file does not name are in no split; the account lists them.
    """
    if settings.splits is None:
        val = set(sample_split(photos, settings.val_share))
    else:
        given = read_splits(settings.splits, finder, account)
        split_of = {ids[path]: split for path, split in given}
        photos = _named_photos(photos, split_of, account)
        val = {photo_id for photo_id, split in split_of.items() if split == "val"}
        divided = _find_divided_groups(photos, val)
        account.problems["groups that the split file divides between train and val"] = divided
    train = [photo for photo in photos if photo.id not in val]
    if not train or len(train) == len(photos):
        raise UserError(
            f"{len(photos)} tagged photos cannot be split into train and val; tag more of them, or "
            "give a split file"
        )
    tune = set(sample_split(train))
    ids_of_train = tuple(photo.id for photo in train)
    return {
        "train": ids_of_train,
        "val": tuple(photo.id for photo in photos if photo.id in val),
        "tune": tuple(photo_id for photo_id in ids_of_train if photo_id in tune),
        "fit": tuple(photo_id for photo_id in ids_of_train if photo_id not in tune),
    }


def _named_photos(photos: list[Photo], split_of: dict[str, str], account: Account) -> list[Photo]:
    """The photos that the split file names; the others go to the account."""
    named: list[Photo] = []
    others: list[str] = []
    for photo in photos:
        if photo.id in split_of:
            named.append(photo)
        else:
            others.append(photo.image)
    kind = "photos with tags that the split file does not name, which are in no split"
    account.problems[kind] = others
    return named


def _find_divided_groups(photos: list[Photo], val: set[str]) -> list[str]:
    """The groups that have photos in train and in val."""
    in_val: dict[str, set[bool]] = defaultdict(set)
    for photo in photos:
        if photo.group is not None:
            in_val[photo.group].add(photo.id in val)
    return sorted(group for group, values in in_val.items() if len(values) == 2)
