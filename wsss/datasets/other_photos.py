"""Reads tagged photos of another dataset into an index with the classes of this one, in its order.

Photos that are, or resemble, a photo of the dataset are left out: a classifier that is to be scored
on the dataset must not have seen it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from wsss.brought.account import Account
from wsss.brought.checks import check_index
from wsss.brought.folder_settings import FolderSettings
from wsss.brought.folder_tags import match_tags, read_tag_rows
from wsss.brought.photo_finder import PhotoFinder
from wsss.brought.photo_ids import make_photo_ids
from wsss.brought.tables import SUFFIXES
from wsss.data.class_names import find_labels
from wsss.data.duplicates import find_photos_in
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.walk import files_below
from wsss.datasets.coco_index import Drawing, read_coco
from wsss.datasets.coco_settings import CocoSettings
from wsss.datasets.other_photos_settings import (
    OtherCocoSettings,
    OtherFolderSettings,
    OtherPhotosSettings,
)
from wsss.run.errors import UserError

TRAIN = "train"
"""the only split of such an index"""


def read_other_coco(
    settings: OtherCocoSettings, target: Index
) -> tuple[Index, dict[str, str], Account]:
    """The index of COCO's photos with the classes of the dataset `target`; the photos left out,
    id -> the photo of `target` that each resembles; and COCO's own account.

    UserError where the folder is not COCO's, is faulty, or has no photo of any class.
    """
    root = _root_of(settings)
    cache = FileCache(root)
    coco = CocoSettings(year=settings.year, leave_out_faulty=settings.leave_out_faulty)
    whole, account = read_coco("other", root, coco, Drawing("masks", 1), cache, target.classes)
    photos = []
    for part in settings.parts:
        photos += whole.split(part)
    index, shared = _make_index(root, photos, settings, target, cache)
    return index, shared, account


def read_other_folder(
    settings: OtherFolderSettings, target: Index
) -> tuple[Index, dict[str, str], Account]:
    """As `read_other_coco`, of the photos of a folder that have a tag by their subfolder or by a
    table. The account has the faulty rows of the table.
    """
    root, account = _root_of(settings), Account()
    paths = sorted(Path(entry.path) for entry in files_below(root, SUFFIXES))
    rows = read_tag_rows(root, paths, FolderSettings(tags=settings.tags), account)
    tags = match_tags(rows, PhotoFinder(root, paths), account)
    ids = make_photo_ids(root, list(tags))
    photos = []
    for path, names in tags.items():
        labels = set(find_labels(names, target.classes)) - {0}
        image = path.relative_to(root).as_posix()
        photos.append(Photo(ids[path], image, tuple(sorted(labels))))
    index, shared = _make_index(root, photos, settings, target, FileCache(root))
    return index, shared, account


def describe_photos(index: Index, shared: dict[str, str]) -> dict[str, Any]:
    """The counts of an index of other photos: `photos`, `tagged`, `untagged`, `left_out` (those
    that resemble one of the dataset), and `classes`, the photos of each class.
    """
    photos = index.split(TRAIN)
    tagged = sum(bool(photo.tags) for photo in photos)
    counts: Counter[int] = Counter()
    for photo in photos:
        counts.update(photo.tags)
    classes = {name: counts[tag] for tag, name in enumerate(index.classes, start=1)}
    return {
        "photos": len(photos),
        "tagged": tagged,
        "untagged": len(photos) - tagged,
        "left_out": len(shared),
        "classes": classes,
    }


def _root_of(settings: OtherPhotosSettings) -> Path:
    """The folder of the other dataset."""
    if settings.root is None or not Path(settings.root).is_dir():
        raise UserError(
            f"setting 'other_photos.root' is '{settings.root}', which is not a folder; name the "
            "one of the other dataset, or take other_photos out of the recipe to train on the "
            "dataset's own photos, as the recipe mil_voc does"
        )
    return Path(settings.root)


def _make_index(
    root: Path,
    photos: Iterable[Photo],
    settings: OtherPhotosSettings,
    target: Index,
    cache: FileCache,
) -> tuple[Index, dict[str, str]]:
    """The index of the photos that are not of `target`, checked, and those left out."""
    wanted = [photo for photo in photos if photo.tags or settings.untagged]
    paths = {photo.id: root / photo.image for photo in wanted}
    shared = find_photos_in(target, paths, settings.hash_distance)
    kept = {photo.id: _tags_only(photo) for photo in wanted if photo.id not in shared}
    if not any(photo.tags for photo in kept.values()):
        raise UserError(
            f"no photo of {root} has a class of the dataset {target.name} "
            f"({', '.join(target.classes[:3])} ...) and is not one of its photos, so there is "
            "nothing to train on; name another folder as other_photos.root"
        )
    index = Index("other", target.classes, str(root), kept, {TRAIN: tuple(kept)})
    return check_index(index, cache), shared


def _tags_only(photo: Photo) -> Photo:
    """A photo without its annotations but its tags."""
    return replace(photo, annotations={}, digests={})
