"""The tags of photos in a subfolder for each class. Subfolders that are no classes are refused."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.table_names import SPLIT_WORDS, plain
from wsss.brought.tables import Row, clean
from wsss.run.errors import UserError

LAYOUT = (
    "jpegimages", "segmentationclass", "segmentationclassaug", "segmentationobject", "images",
    "image", "img", "imgs", "img_dir", "ann_dir", "masks", "mask", "labels", "label", "annotations",
    "gt", "groundtruth", "ground_truth", "segmentations", "leftimg8bit", "gtfine",
)  # fmt: skip
"""names (lower case) of the folders in which datasets keep photos and masks"""
SPLIT_FOLDER = re.compile(
    rf"(?:(?:seg|images|imgs|photos)[_ -]?)?({'|'.join(SPLIT_WORDS)})"
    r"(?:[_ -]?(?:set|data|images|imgs|photos|(?:19|20)\d\d))?",
    re.IGNORECASE,
)
"""the name of a folder of a split, such as `train`, `Test data`, `training_set` or `val2017`"""


def rows_of_folders(root: Path, paths: Sequence[Path], account: Account) -> list[Row]:
    """A row for every photo in a folder of a class, which is the first below `root`, or the second
    where all first ones are splits, such as train/cat and val/dog. Where all second ones are
    splits, such as cat/train, they split the photos.

    UserError where no photo is in one, and where the folders are no classes.
    """
    folders = _drop_repeated({path: path.relative_to(root).parts[:-1] for path in paths})
    place = _place_of_splits(root, [names for names in folders.values() if names])
    rows = []
    inner: set[tuple[str, ...]] = set()
    for path, names in folders.items():
        split = "" if place is None or not names else split_of_folder(names[place])
        names = names if place is None else (*names[:place], *names[place + 1 :])
        inner.add(names[:2])
        if names:
            tags = (clean(names[0]),)
            rows.append(Row(path.relative_to(root).as_posix(), tags, "folder", split))
    if not rows:
        raise UserError(
            f"the photos in {root} have no tags: give a table with --tags, or put the photos of "
            "each class into a subfolder of its name"
        )
    _check_classes(root, inner)
    if place is not None:
        words = sorted({names[place] for names in folders.values() if names})
        which = ("first", "second")[place]
        account.notes.append(f"the {which} folders ({', '.join(words)}) are splits, not tags")
    return rows


def split_of_folder(name: str) -> str:
    """The split that a folder is called after, such as `train` for `training_set`; else ""."""
    found = SPLIT_FOLDER.fullmatch(name)
    return SPLIT_WORDS[found[1].lower()] if found else ""


def _drop_repeated(folders: dict[Path, tuple[str, ...]]) -> dict[Path, tuple[str, ...]]:
    """The folders of each photo without a first one that only holds another one of its name, such
    as training_set/training_set/cat. One of several in it may be a class that is called so.
    """
    inner: dict[str, set[str]] = {}
    for names in folders.values():
        if names:
            inner.setdefault(names[0], set()).add(names[1] if len(names) > 1 else "")
    repeated = {name for name, below in inner.items() if below == {name}}
    dropped = {}
    for path, names in folders.items():
        dropped[path] = names[1:] if names and names[0] in repeated else names
    return dropped


def _place_of_splits(root: Path, folders: Iterable[tuple[str, ...]]) -> int | None:
    """0 where all first folders are splits, 1 where all second ones are (several splits, in several
    first folders), else None.

    UserError where several splits are among the first folders, and something else, too.
    """
    first = {names[0]: split_of_folder(names[0]) for names in folders}
    second = {split_of_folder(names[1]) if len(names) > 1 else "" for names in folders}
    splits = {split for split in first.values() if split}
    if splits and all(first.values()):
        return 0
    if len(splits) > 1:
        others = ", ".join(sorted(name for name, split in first.items() if not split))
        raise UserError(
            f"some folders in {root} are called after splits ({', '.join(sorted(splits))}), but "
            f"others are not ({others}); move these elsewhere, or give a table with --tags"
        )
    return 1 if len(second) > 1 and "" not in second and len(first) > 1 else None


def _check_classes(root: Path, inner: set[tuple[str, ...]]) -> None:
    """UserError for folders that datasets keep photos and masks in, and for a single folder around
    all others. `inner` are the names of the first two folders that photos are in.
    """
    classes = sorted({names[0] for names in inner if names})
    if all(plain(name) in LAYOUT for name in classes):
        raise UserError(
            f"the subfolders of {root} ({', '.join(classes)}) are no classes; name the one with "
            "the photos, its tags with --tags, and masks with --masks"
        )
    if len(classes) == 1 and len(inner) > 1 and all(len(names) > 1 for names in inner):
        raise UserError(
            f"all photos in {root} are in one subfolder, '{classes[0]}', which would be the only "
            "class; if its subfolders are the classes, name it in place of the folder around it"
        )
