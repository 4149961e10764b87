"""Reads COCO, or a dataset in its layout, into an index.

The JSON is read item by item. What stays in memory is one entry for each photo; the shapes of the
objects go to files by shard (coco_objects.py), from which masks are drawn later. So the index names
masks that may not exist yet, with a digest of what they are drawn from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wsss.data.account import Account
from wsss.data.coco_annotations import read_annotations
from wsss.data.coco_faults import check_faults, leave_out_unusable
from wsss.data.coco_layout import SPLITS, CocoFolder
from wsss.data.coco_objects import ObjectWriter
from wsss.data.coco_settings import CocoSettings
from wsss.data.coco_tables import ListedPhoto, read_categories, read_images
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.data.photo import Photo, shard_of
from wsss.data.photo_ids import make_photo_ids
from wsss.data.splits import sample_split
from wsss.data.tables import SUFFIXES
from wsss.data.walk import files_below
from wsss.run.errors import UserError

Listed = Mapping[str, ListedPhoto]
"""image id -> photo"""


@dataclass(frozen=True)
class Drawing:
    """Where the masks of an index will be."""

    masks: str
    """the folder, relative to the current one; the index names masks in it"""
    shards: int
    """number of shards of each split; a job draws one"""
    objects: Path | None = None
    """the folder that the objects of each shard are written to; None writes none"""

    def mask(self, split: str, photo_id: str) -> str:
        """The path of a mask, as the index has it."""
        k = shard_of(photo_id, self.shards)
        return f"./{self.masks}/{split}/{k}-of-{self.shards}/{photo_id}.png"


def read_coco(
    name: str, root: Path, settings: CocoSettings, drawing: Drawing, cache: FileCache | None = None
) -> tuple[Index, Account]:
    """The index of COCO, and the account of counts and problems.

    Splits are train, val, and tune and fit of train as for VOC. Label ids are 1.. in the order of
    the categories' ids. Tags are the categories of all annotations, crowds included. Digests of
    masks are set, those of photos are not. Faulty photos and annotations are left out if the
    settings say so; else a UserError counts them.
    """
    folder = CocoFolder.find(root, settings.year)
    account, cache = Account(), cache or FileCache(root)
    names = _read_names(folder, account)
    photos: dict[str, Photo] = {}
    splits: dict[str, tuple[str, ...]] = {}
    for split in SPLITS:
        listed = read_images(folder.annotations(split), account)
        existing = _find_existing(folder.photos(split), listed, account)
        ids = _make_ids(folder.photos(split), existing)
        _read_objects(folder.annotations(split), split, listed, ids, list(names), drawing, account)
        found = [_make_photo(folder, split, ids[key], existing[key], drawing) for key in ids]
        sizes = {ids[key]: photo.size for key, photo in existing.items()}
        found = leave_out_unusable(root, found, sizes, account, cache)
        splits[split] = tuple(photo.id for photo in found)
        photos |= {photo.id: photo for photo in found}
    check_faults(account, folder, settings.leave_out_faulty)
    splits |= _cut_train([photos[photo_id] for photo_id in splits["train"]])
    index = Index(name, tuple(names.values()), str(root), photos, splits)
    _sum_up(account, index)
    return index, account


def _read_names(folder: CocoFolder, account: Account) -> dict[str, str]:
    """Category id -> name; UserError if the two files of annotations differ in it."""
    names, of_val = (read_categories(folder.annotations(split), account) for split in SPLITS)
    if names != of_val:
        raise UserError(
            f"annotations {folder.annotations('val')} have other categories than those of train; "
            "make them equal"
        )
    return names


def _find_existing(folder: Path, listed: Listed, account: Account) -> dict[str, ListedPhoto]:
    """The photos whose files exist; the others go to the account."""
    if not folder.is_dir():
        raise UserError(f"folder {folder} is missing; unpack COCO's photos there")
    start = len(str(folder)) + 1
    files = {entry.path[start:] for entry in files_below(folder, SUFFIXES)}
    existing = {}
    for image_id, photo in listed.items():
        if photo.file_name in files:
            existing[image_id] = photo
        else:
            where = f"{folder.name}/{photo.file_name}"
            account.problems["images whose photo is missing"].append(where)
    return existing


def _make_ids(folder: Path, photos: Listed) -> dict[str, str]:
    """Image id -> the photo's id in the index, which is made from its file name."""
    paths = {image_id: folder / photo.file_name for image_id, photo in photos.items()}
    by_path = make_photo_ids(folder, list(paths.values()))
    return {image_id: by_path[path] for image_id, path in paths.items()}


def _read_objects(
    path: Path,
    split: str,
    listed: Listed,
    ids: Mapping[str, str],
    categories: list[str],
    drawing: Drawing,
    account: Account,
) -> None:
    """Enter all annotations into their photos; write the objects of those that exist (`ids`)."""
    labels = {category: label for label, category in enumerate(categories, start=1)}
    lines = read_annotations(path, listed, labels, account)
    if drawing.objects is None:
        for _ in lines:
            pass  # reading enters them
        return
    writer = ObjectWriter(drawing.objects, split, drawing.shards)
    for image_id, line in lines:
        if image_id in ids:
            writer.add(ids[image_id], line)
    writer.flush()


def _make_photo(
    folder: CocoFolder, split: str, photo_id: str, listed: ListedPhoto, drawing: Drawing
) -> Photo:
    """A photo of the index; it has a mask unless some object of it cannot be drawn."""
    image = f"{folder.photos(split).name}/{listed.file_name}"
    tags = tuple(sorted(listed.tags))
    if not listed.complete:
        return Photo(photo_id, image, tags)
    masks = {"mask": drawing.mask(split, photo_id)}
    return Photo(photo_id, image, tags, masks, digests={"mask": listed.digest})


def _cut_train(photos: list[Photo]) -> dict[str, tuple[str, ...]]:
    """The splits tune (a fifth) and fit (the rest) of the photos of train."""
    tune = sample_split(photos)
    in_tune = set(tune)
    return {"tune": tune, "fit": tuple(photo.id for photo in photos if photo.id not in in_tune)}


def _sum_up(account: Account, index: Index) -> None:
    """Enter the counts of the photos that are in the index."""
    account.photos = len(index.photos)
    for photo in index.photos.values():
        account.tagged += bool(photo.tags)
        account.masks += "mask" in photo.annotations
        account.classes.update(index.classes[tag - 1] for tag in photo.tags)
    account.splits = {split: len(index.splits[split]) for split in SPLITS}
