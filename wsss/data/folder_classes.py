"""The tags of photos in a subfolder for each class. Subfolders that are no classes are refused."""

from collections.abc import Sequence
from pathlib import Path

from wsss.data.account import Account
from wsss.data.table_names import SPLIT_WORDS, plain
from wsss.data.tables import Row, clean
from wsss.run.errors import UserError

LAYOUT = (
    "jpegimages", "segmentationclass", "segmentationclassaug", "segmentationobject", "images",
    "image", "img", "imgs", "img_dir", "ann_dir", "masks", "mask", "labels", "label", "annotations",
    "gt", "groundtruth", "ground_truth", "segmentations", "leftimg8bit", "gtfine",
)  # fmt: skip
"""names (lower case) of the folders in which datasets keep photos and masks"""


def rows_of_folders(root: Path, paths: Sequence[Path], account: Account) -> list[Row]:
    """A row for every photo in a folder of a class, which is the first below `root`, or the second
    where all first ones are splits, such as train/cat and val/dog.

    UserError where no photo is in one, and where the folders are no classes.
    """
    folders = {path: path.relative_to(root).parts[:-1] for path in paths}
    has_splits = {names[0].lower() for names in folders.values() if names} <= set(SPLIT_WORDS)
    rows = []
    inner: set[tuple[str, ...]] = set()
    for path, names in folders.items():
        split, names = (names[0], names[1:]) if has_splits and names else ("", names)
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
    if has_splits:
        words = sorted({row.split for row in rows})
        account.notes.append(f"the first folders ({', '.join(words)}) are splits, not tags")
    return rows


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
