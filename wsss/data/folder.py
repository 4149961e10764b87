"""A dataset of one's own: a folder of photos, tags from a table or from subfolders, and masks."""

import difflib
import os
from collections import Counter, defaultdict
from pathlib import Path

from wsss.data.account import Account
from wsss.data.file_cache import FileCache
from wsss.data.folder_settings import FolderSettings
from wsss.data.folder_tables import read_groups, read_splits
from wsss.data.images import IGNORE
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.photo_finder import PhotoFinder
from wsss.data.photo_ids import photo_ids
from wsss.data.splits import tune_split
from wsss.data.tables import SUFFIXES, Row, clean, read_tags
from wsss.data.walk import files_below
from wsss.run.errors import UserError

RARE = 20
"""a tag may be misspelt if a similar one is this many times as frequent"""


def read_folder(
    name: str, root: Path, settings: FolderSettings, cache: FileCache | None = None
) -> tuple[Index, Account]:
    """The index of a folder of photos, without digests, and an account of what was understood.

    Photos that no row names are in the splits `rest` and `all` only. Files in `cache` that did not
    change are not read.
    """
    account, paths = Account(), _photos_in(root, settings)
    found, ids = PhotoFinder(root, paths), photo_ids(root, paths)
    tags = _tags_by_photo(_rows(root, paths, settings), found, account)
    classes = _classes(tags, settings, account)
    masks = _masks(root, paths, settings, account)
    groups = read_groups(settings.groups, found, account)
    photos = {}
    for path in paths:
        annotations = {"mask": masks[path]} if path in masks else {}
        labels = tuple(sorted(classes.index(tag) + 1 for tag in tags.get(path, ())))
        image = path.relative_to(root).as_posix()
        photos[path] = Photo(ids[path], image, labels, annotations, groups.get(path))
    tagged = [photo for path, photo in photos.items() if path in tags]
    splits = _splits(tagged, found, ids, settings, account)
    _twins(root, paths, account, cache or FileCache(root))
    _sum_up(account, root, tags, len(masks), photos, splits)
    return Index(name, classes, str(root), {p.id: p for p in photos.values()}, splits), account


def _sum_up(
    account: Account,
    root: Path,
    tags: dict[Path, tuple[str, ...]],
    masks: int,
    photos: dict[Path, Photo],
    splits: dict[str, tuple[str, ...]],
) -> None:
    """Count; add the splits of all photos and of those that are neither in train nor in val."""
    known = {*splits["train"], *splits["val"]}
    splits["all"] = tuple(photo.id for photo in photos.values())
    splits["rest"] = tuple(photo_id for photo_id in splits["all"] if photo_id not in known)
    account.photos, account.masks = len(photos), masks
    account.tagged = sum(bool(row) for row in tags.values())
    account.splits = {split: len(splits[split]) for split in ("train", "val")}
    account.problems["photos that no row names, which are not trained on"] = [
        str(path.relative_to(root)) for path in photos if path not in tags
    ]
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


def _rows(root: Path, paths: list[Path], settings: FolderSettings) -> list[Row]:
    if settings.tags is not None:
        return read_tags(Path(settings.tags))
    inside = [path for path in paths if len(path.relative_to(root).parts) > 1]
    if not inside:
        raise UserError(
            f"the photos in {root} have no tags: give a table with --labels, or put the photos of "
            "each class "
            "into a subfolder of its name"
        )
    return [
        Row(path.relative_to(root).as_posix(), (clean(path.relative_to(root).parts[0]),), "folder")
        for path in inside
    ]


def _tags_by_photo(
    rows: list[Row], found: PhotoFinder, account: Account
) -> dict[Path, tuple[str, ...]]:
    tags: dict[Path, tuple[str, ...]] = {}
    for row in rows:
        paths = found(row.image)
        if len(paths) != 1:
            kind = "rows without a photo" if not paths else "rows that several photos fit"
            account.problems[kind].append(f"{row.where}: '{row.image}'")
            continue
        if paths[0] in tags:
            account.problems["photos with several rows, whose tags are joined"].append(
                f"{row.where}: '{row.image}'"
            )
        tags[paths[0]] = tuple(dict.fromkeys((*tags.get(paths[0], ()), *row.tags)))
        if not tags[paths[0]]:
            account.problems["rows without tags, taken as background only"].append(
                f"{row.where}: '{row.image}'"
            )
    if not any(tags.values()):
        wrong = next(iter(account.problems.values()), ["the table is empty"])[0]
        raise UserError(f"no photo has a tag; the first thing that is wrong: {wrong}")
    return tags


def _classes(
    tags: dict[Path, tuple[str, ...]], settings: FolderSettings, account: Account
) -> tuple[str, ...]:
    account.classes = Counter(tag for row in tags.values() for tag in row)
    classes = settings.classes or tuple(sorted(account.classes))
    foreign = next((tag for tag in account.classes if tag not in classes), None)
    if foreign is not None:
        raise UserError(
            f"the tag '{foreign}' is not among the classes; add it to folder.classes, or mend the "
            "table"
        )
    if len(classes) >= IGNORE or "background" in classes:
        what = (
            "'background', which every photo has by itself"
            if "background" in classes
            else f"{len(classes)} classes"
        )
        raise UserError(
            f"the tags name {what}; 1 to {IGNORE - 1} classes besides the background are possible, "
            "in label "
            f"maps of 8 bits: are these the tags? {', '.join(list(classes)[:5])} ..."
        )
    for name in sorted(account.classes, key=lambda n: account.classes[n]):
        count = account.classes[name]
        others = [
            other
            for other, more in account.classes.items()
            if more > count and (count == 1 or more > RARE * count)
        ]
        close = difflib.get_close_matches(
            name.lower(), [other.lower() for other in others], n=1, cutoff=0.65
        )
        if close:
            account.problems["tags that look like another one"].append(
                f"'{name}' ({account.classes[name]}) and '{close[0]}'"
            )
    return classes


def _masks(
    root: Path, paths: list[Path], settings: FolderSettings, account: Account
) -> dict[Path, str]:
    """The mask of each photo that has one of its own, as a path relative to the photos' folder."""
    if settings.masks is None:
        return {}
    folder = Path(settings.masks)
    there = {os.path.relpath(entry.path, folder) for entry in files_below(folder, (".png",))}
    masks = {path: _mask_name(path.relative_to(root), there) for path in paths}
    times = Counter(masks.values())
    missing = [path for path, mask in masks.items() if mask not in there]
    shared = [path for path, mask in masks.items() if mask in there and times[mask] > 1]
    for kind, wrong in (
        ("photos without a mask", missing),
        ("photos that share a mask's name, and so have none", shared),
    ):
        account.problems[kind] = [str(path.relative_to(root)) for path in wrong]
    above = os.path.relpath(folder.resolve(), root.resolve())
    own = masks.keys() - {*missing, *shared}
    return {path: os.path.normpath(f"{above}/{masks[path]}") for path in own}


def _mask_name(photo: Path, there: set[str]) -> str:
    """The path of a photo's mask in the folder of masks, of which some are `there`."""
    mask = photo.with_suffix(".png")
    return str(mask) if str(mask) in there else mask.name


def _splits(
    photos: list[Photo],
    found: PhotoFinder,
    ids: dict[Path, str],
    settings: FolderSettings,
    account: Account,
) -> dict[str, tuple[str, ...]]:
    """train and val as a file says or as drawn; tune and fit out of train."""
    if settings.splits is None:
        val = set(tune_split(photos, settings.val_share))
    else:
        given = read_splits(settings.splits, found, account)
        split_of = {ids[path]: split for path, split in given}
        account.problems[
            "photos with tags that the split file does not name, which are in no split"
        ] = [photo.image for photo in photos if photo.id not in split_of]
        val = {i for i, value in split_of.items() if value == "val"}
        photos = [photo for photo in photos if photo.id in split_of]
        account.problems["groups that the split file divides between train and val"] = (
            _find_divided_groups(photos, val)
        )
    train = [photo for photo in photos if photo.id not in val]
    if not train or len(train) == len(photos):
        raise UserError(
            f"{len(photos)} tagged photos cannot be split into train and val; tag more of them, or "
            "give a "
            "split file"
        )
    tune = set(tune_split(train))
    return {
        "train": tuple(p.id for p in train),
        "val": tuple(p.id for p in photos if p.id in val),
        "tune": tuple(p.id for p in train if p.id in tune),
        "fit": tuple(p.id for p in train if p.id not in tune),
    }


def _find_divided_groups(photos: list[Photo], val: set[str]) -> list[str]:
    """The groups with photos in train and in val."""
    sides: dict[str, set[bool]] = defaultdict(set)
    for photo in photos:
        if photo.group is not None:
            sides[photo.group].add(photo.id in val)
    return sorted(name for name, found in sides.items() if len(found) == 2)


def _twins(root: Path, paths: list[Path], account: Account, cache: FileCache) -> None:
    """Photos whose files are the same to the byte; only files of equal size are read."""
    sizes: dict[int, list[Path]] = defaultdict(list)
    for path in paths:
        sizes[path.stat().st_size].append(path)
    first: dict[str, Path] = {}
    for path in (path for group in sizes.values() if len(group) > 1 for path in group):
        other = first.setdefault(cache.digest(path), path)
        if other != path:
            twins = f"{other.relative_to(root)} and {path.relative_to(root)}"
            account.problems["the same photo twice"].append(twins)
