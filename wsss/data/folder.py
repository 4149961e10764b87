"""A dataset of one's own: a folder of photos, tags from a table or from subfolders, and masks."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from wsss.data.account import Account
from wsss.data.file_cache import FileCache
from wsss.data.folder_masks import masks_of
from wsss.data.folder_settings import FolderSettings
from wsss.data.folder_splits import Splits, splits_of
from wsss.data.folder_tables import read_groups
from wsss.data.folder_tags import Tags, classes_of, tag_rows, tags_by_photo
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.photo_finder import PhotoFinder
from wsss.data.photo_ids import photo_ids
from wsss.data.tables import SUFFIXES
from wsss.data.walk import files_below
from wsss.run.errors import UserError


def read_folder(
    name: str, root: Path, settings: FolderSettings, cache: FileCache | None = None
) -> tuple[Index, Account]:
    """The index of a folder of photos, without digests, and an account of what was understood.

    Photos that no row names are in the splits `rest` and `all` only. Files in `cache` that did not
    change are not read.
    """
    account, paths = Account(), _photos_in(root, settings)
    found, ids = PhotoFinder(root, paths), photo_ids(root, paths)
    tags = tags_by_photo(tag_rows(root, paths, settings), found, account)
    classes = classes_of(tags, settings, account)
    masks = masks_of(root, paths, settings, account)
    groups = read_groups(settings.groups, found, account)
    photos = {}
    for path in paths:
        annotations = {"mask": masks[path]} if path in masks else {}
        labels = tuple(sorted(classes.index(tag) + 1 for tag in tags.get(path, ())))
        image = path.relative_to(root).as_posix()
        photos[path] = Photo(ids[path], image, labels, annotations, groups.get(path))
    tagged = [photo for path, photo in photos.items() if path in tags]
    splits = splits_of(tagged, found, ids, settings, account)
    _twins(root, paths, account, cache or FileCache(root))
    _add_splits_of_all(splits, photos.values())
    account.masks = len(masks)
    _sum_up(account, tags, photos, splits)
    by_id = {photo.id: photo for photo in photos.values()}
    return Index(name, classes, str(root), by_id, splits), account


def _add_splits_of_all(splits: Splits, photos: Iterable[Photo]) -> None:
    """Add the splits of all photos and of those that are neither in train nor in val."""
    known = {*splits["train"], *splits["val"]}
    splits["all"] = tuple(photo.id for photo in photos)
    splits["rest"] = tuple(photo_id for photo_id in splits["all"] if photo_id not in known)


def _sum_up(account: Account, tags: Tags, photos: dict[Path, Photo], splits: Splits) -> None:
    """Count; tell of the photos without tags, and drop the kinds of problems that nothing has."""
    account.photos = len(photos)
    account.tagged = sum(bool(row) for row in tags.values())
    account.splits = {split: len(splits[split]) for split in ("train", "val")}
    unnamed = [photo.image for path, photo in photos.items() if path not in tags]
    account.problems["photos that no row names, which are not trained on"] = unnamed
    account.problems = {kind: lines for kind, lines in account.problems.items() if lines}


def _photos_in(root: Path, settings: FolderSettings) -> list[Path]:
    if not root.is_dir():
        raise UserError(f"data_root {root} is not a folder; name the one with your photos")
    if root.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise UserError(
            f"data_root {root} holds the folder that this runs in, so that what is made "
            "would be taken for photos; run it elsewhere, or move the photos into a folder "
            "of their own"
        )
    masks = Path(settings.masks).resolve() if settings.masks else None
    paths = sorted(Path(entry.path) for entry in files_below(root, SUFFIXES, without=masks))
    if not paths:
        raise UserError(
            f"there is no photo in {root} ({', '.join(SUFFIXES)}); name the folder with your photos"
        )
    return paths


def _twins(root: Path, paths: list[Path], account: Account, cache: FileCache) -> None:
    """Photos whose files are the same to the byte; only files of equal size are read."""
    sizes: dict[int, list[Path]] = defaultdict(list)
    for path in paths:
        sizes[path.stat().st_size].append(path)
    first: dict[str, Path] = {}
    for group in sizes.values():
        if len(group) == 1:
            continue
        for path in group:
            other = first.setdefault(cache.digest(path), path)
            if other != path:
                twins = f"{other.relative_to(root)} and {path.relative_to(root)}"
                account.problems["the same photo twice"].append(twins)
