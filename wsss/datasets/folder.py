"""Reads a folder of the user's photos, with tags from a table or from subfolders, into an index."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.annotated_tags import rows_of_annotations
from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.annotations import add_annotations
from wsss.brought.fixes import fix_tags
from wsss.brought.folder_settings import FolderSettings
from wsss.brought.folder_tags import Tags, choose_classes, match_tags, read_tag_rows
from wsss.brought.learnable import note_unlearnable
from wsss.brought.left_out import leave_out_masks, note_left_out
from wsss.brought.photo_finder import PhotoFinder
from wsss.brought.photo_ids import make_photo_ids
from wsss.brought.tables import SUFFIXES
from wsss.brought.twins import find_twins, keep_together
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.walk import WalkNotes, files_below
from wsss.datasets.folder_masks import find_masks, note_masked_splits
from wsss.datasets.folder_splits import Splits, make_splits
from wsss.datasets.folder_tables import read_groups, read_splits
from wsss.run.errors import UserError

UNNAMED = "photos that no row names, which are not trained on"
UNMARKED = "photos without strokes, clicks or boxes, which are not trained on"
"""kinds of problems"""


def read_folder(
    name: str,
    root: Path,
    settings: FolderSettings,
    cache: FileCache | None = None,
    beside: AnnotationSettings | None = None,
) -> tuple[Index, Account]:
    """The index of a folder of photos, with `Photo.digests` still empty, and the account of counts
    and problems.

    Photos without a row in the table of tags are only in the splits `rest` and `all`. Photos of
    equal size are read, to find identical ones, but those that are unchanged in `cache`. The photos
    of train get the strokes, clicks and boxes of `beside`; without a table of tags the classes of
    these are the tags. UserError where no dataset is possible.
    """
    account, cache, beside = Account(), cache or FileCache(root), beside or AnnotationSettings()
    paths = _find_photos(root, settings, account)
    finder, ids = PhotoFinder(root, paths), make_photo_ids(root, paths)
    by_annotations = settings.tags is None and bool(beside.paths)
    if by_annotations:
        rows = rows_of_annotations(root, ids, beside, settings.classes, cache)
    else:
        rows = read_tag_rows(root, paths, settings, account)
    tags = fix_tags(match_tags(rows, finder, account), settings, finder, account)
    classes = choose_classes(tags, settings, account)  # UserError for a tag that is no class
    masks = find_masks(root, paths, settings, account)
    groups = read_groups(settings.groups, finder, account)
    photos = _make_photos(root, ids, _label_ids(tags, classes), masks, groups)
    twins = find_twins(root, paths, account, cache)
    alike = keep_together(photos, twins)
    with_row = [photo for path, photo in alike.items() if path in tags]
    stated = read_splits(settings.splits, rows, finder, account)
    splits = make_splits(alike, with_row, stated, settings.share_of_val, account)
    _add_all_and_rest(splits, photos.values())
    account.masks = len(masks)
    note_masked_splits(photos.values(), splits, account)
    note_unlearnable(tags, classes, account)
    by_id = {photo.id: photo for photo in photos.values()}
    index = Index(name, classes, str(root), by_id, splits)
    index = add_annotations(index, beside, "train", account, cache)
    _sum_up(account, tags, photos, splits, UNMARKED if by_annotations else UNNAMED)
    return index, account


def _label_ids(tags: Tags, classes: Sequence[str]) -> dict[Path, tuple[int, ...]]:
    """Photo -> the label ids of its tags, sorted."""
    ids = {name: label for label, name in enumerate(classes, start=1)}
    return {path: tuple(sorted(ids[tag] for tag in of_photo)) for path, of_photo in tags.items()}


def _make_photos(
    root: Path,
    ids: Mapping[Path, str],
    labels: Mapping[Path, tuple[int, ...]],
    masks: Mapping[Path, str],
    groups: Mapping[Path, str],
) -> dict[Path, Photo]:
    """The photos in the order of their `ids`; `labels`, `masks` and `groups` hold some of them."""
    photos = {}
    for path, photo_id in ids.items():
        annotations = {"mask": masks[path]} if path in masks else {}
        image = path.relative_to(root).as_posix()
        tags = labels.get(path, ())
        photos[path] = Photo(photo_id, image, tags, annotations, groups.get(path))
    return photos


def _add_all_and_rest(splits: Splits, photos: Iterable[Photo]) -> None:
    """Add `all`, and `rest`: the photos that are neither in train nor in val."""
    in_split = {*splits["train"], *splits["val"]}
    splits["all"] = tuple(photo.id for photo in photos)
    splits["rest"] = tuple(photo_id for photo_id in splits["all"] if photo_id not in in_split)


def _sum_up(
    account: Account, tags: Tags, photos: dict[Path, Photo], splits: Splits, without_row: str
) -> None:
    """Enter the counts, and the photos without a row as the kind of problem `without_row`; remove
    kinds of problems without a case.
    """
    account.photos = len(photos)
    account.tagged = sum(bool(row) for row in tags.values())
    account.splits = {split: len(splits[split]) for split in ("train", "val")}
    unnamed = [photo.image for path, photo in photos.items() if path not in tags]
    account.problems[without_row] = unnamed
    for kind in [kind for kind, cases in account.problems.items() if not cases]:
        del account.problems[kind]


def _find_photos(root: Path, settings: FolderSettings, account: Account) -> list[Path]:
    """The photos below `root`, sorted, without those in the folder of masks.

    The account is told what else was left out.
    """
    if not root.is_dir():
        raise UserError(f"data_root {root} is not a folder; name the one with your photos")
    if root.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise UserError(
            f"data_root {root} holds the folder that this runs in, so that its results would be "
            "taken for photos; run it elsewhere, or move the photos into a folder of their own"
        )
    masks = Path(settings.masks).resolve() if settings.masks else None
    notes = WalkNotes()
    paths = sorted(Path(entry.path) for entry in files_below(root, SUFFIXES, masks, notes))
    note_left_out(notes, account)
    if not paths:
        raise UserError(
            f"there is no photo in {root} ({', '.join(SUFFIXES)}); name the folder with your photos"
            f"{''.join(f'; {told}' for told in (*account.notes, *account.problems))}"
        )
    _check_names(paths)
    return leave_out_masks(root, paths, account)


def _check_names(paths: list[Path]) -> None:
    """UserError for a path that is not in UTF-8, in which all files of this program are written."""
    for path in paths:
        try:
            str(path).encode()
        except UnicodeEncodeError:
            named = os.fsencode(path).decode("latin-1")
            raise UserError(
                f"the name of photo {named!a} is not in UTF-8 (in Latin-1 it is {named}); "
                "rename the file or its folder, for all files at once with convmv -f latin1 -t "
                "utf8 -r --notest"
            )
