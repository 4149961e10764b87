"""Checks a dataset before any other stage reads it, and adds the digests of its files."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from wsss.brought.account import Account
from wsss.brought.look_ahead import look_ahead
from wsss.data.digests import digest_of_values
from wsss.data.file_cache import FileCache
from wsss.data.images import count_frames, read_labels, read_photo
from wsss.data.index import Index
from wsss.data.label_checks import check_fit
from wsss.data.photo import Photo
from wsss.run.errors import UserError, raise_passing

MAY_BE_EMPTY = ("tune", "fit", "rest")
"""splits that may have no photo"""
FLAT = 16
"""a photo whose values, 0..255, differ by less is nearly of one colour; 12 bits that are stored as
16 look so
"""

ONE_COLOUR = "photos that are nearly of one colour (are their numbers scaled to the whole range?)"
SEVERAL_FRAMES = "files of several images (pages or frames), of which only the first is read"
"""kinds of problems"""


def check_index(index: Index, cache: FileCache | None = None) -> Index:
    """The index with the digests of all photos and annotations; UserError for the first fault.

    Digests of annotations that the reader has set are kept. Faults are paths that are not in UTF-8,
    empty and overlapping splits, photos that do not decode, and masks of another size or with
    unknown labels. Files that are unchanged in `cache` are not read.
    """
    cache = cache or FileCache(index.root)
    _check_splits(index)
    _check_overlap(index)
    _read_ahead(index, cache)
    photos = {photo.id: _check_photo(index, photo, cache) for photo in index.photos.values()}
    return replace(index, photos=photos)


def find_unusable(index: Index, cache: FileCache | None = None) -> list[str]:
    """A message for each photo that does not decode and each mask that does not fit its photo."""
    cache, messages = cache or FileCache(index.root), []
    for photo in index.photos.values():
        try:
            _check_content(index, photo, cache)
        except UserError as error:
            raise_passing(error)
            messages.append(str(error))
    return messages


def note_unusable(index: Index, account: Account, cache: FileCache) -> None:
    """Enter photos and masks that cannot be used, and photos that are nearly of one colour."""
    _read_ahead(index, cache)
    for photo in index.photos.values():
        try:
            _, _, spread, frames = cache.read(index.image_path(photo), look_at)
        except UserError as error:
            raise_passing(error)
            account.unreadable += 1
        else:
            if spread < FLAT:
                account.problems[ONE_COLOUR].append(photo.image)
            if frames > 1:
                account.problems[SEVERAL_FRAMES].append(f"{photo.image}: {frames}")
    unusable = find_unusable(index, cache)
    if unusable:
        account.problems["photos and masks that cannot be used"] = unusable


def _check_splits(index: Index) -> None:
    """UserError for an empty split, or an id that a split lists twice."""
    for name, ids in index.splits.items():
        if not ids and name not in MAY_BE_EMPTY and not (name == "val" and _has_no_mask(index)):
            raise UserError(
                f"split '{name}' of dataset '{index.name}' is empty; list at least one photo id"
            )
        if len(set(ids)) < len(ids):
            repeated = next(photo_id for n, photo_id in enumerate(ids) if photo_id in ids[:n])
            raise UserError(
                f"photo id '{repeated}' is listed twice in split '{name}'; keep one line"
            )


def _has_no_mask(index: Index) -> bool:
    """Whether no photo has a mask; then val may be empty, as nothing could score it."""
    return not any("mask" in photo.annotations for photo in index.photos.values())


def _check_overlap(index: Index) -> None:
    """UserError for a photo of val that is in another split too; `all` holds every photo."""
    held_out = set(index.splits.get("val", ()))
    for name, ids in index.splits.items():
        shared = [photo_id for photo_id in ids if photo_id in held_out]
        if shared and name not in ("val", "all"):
            raise UserError(
                f"photo id '{shared[0]}' is in split '{name}' and in 'val', but scores need "
                "photos that were not trained on; take it out of one list"
            )


def _read_ahead(index: Index, cache: FileCache) -> None:
    """Decode all photos and masks on all cores; what is wrong with them is told later, in order."""
    photos = index.photos.values()
    look_ahead(cache, [index.image_path(photo) for photo in photos], look_at)
    masks = (_mask_to_read(index, photo) for photo in photos)
    cache.read_ahead(filter(None, masks), read_size_and_labels)


def _mask_to_read(index: Index, photo: Photo) -> Path | None:
    """The path of a photo's mask; None for one that is missing, or has a digest already: it may
    still have to be drawn.
    """
    path = None if "mask" in photo.digests else index.annotation_path(photo, "mask")
    return path if path is not None and path.is_file() else None


def _check_photo(index: Index, photo: Photo, cache: FileCache) -> Photo:
    """The photo with its size, and the digests of its file and of its annotations."""
    _check_name(photo)
    height, width = _check_content(index, photo, cache)
    digests = {**photo.digests, "photo": cache.digest(index.image_path(photo))}
    for kind in photo.annotations:
        digest = photo.digests.get(kind) or _digest_of_annotation(index, photo, kind, cache)
        if digest is not None:
            digests[kind] = digest
    return replace(photo, digests=digests, pixels=height * width)


def _check_name(photo: Photo) -> None:
    """UserError for a path that is not in UTF-8."""
    try:
        photo.image.encode()
    except UnicodeEncodeError:
        raise UserError(f"the path of photo {photo.image!r} is not in UTF-8; rename the file")


def _check_content(index: Index, photo: Photo, cache: FileCache) -> tuple[int, int]:
    """(H, W) of the photo; UserError if it does not decode, or its mask does not fit."""
    height, width, *_ = cache.read(index.image_path(photo), look_at)
    path = _mask_to_read(index, photo)
    if path is not None:
        size_and_labels = cache.read(path, read_size_and_labels)
        check_fit(index, size_and_labels, (height, width), f"mask {path}")
    return height, width


def look_at(path: Path) -> list[int]:
    """[H, W, range, frames] of a photo, which is decoded in full; UserError if that fails.

    The range is that of all its values, 0..255; the frames are the images in the file.
    """
    pixels = read_photo(path)
    return [*pixels.shape[:2], int(pixels.max()) - int(pixels.min()), count_frames(path)]


def read_size_and_labels(path: Path) -> Any:
    """[H, W, the labels that occur] of a label map."""
    labels = read_labels(path)
    return [*labels.shape, np.unique(labels).tolist()]


def _digest_of_annotation(index: Index, photo: Photo, kind: str, cache: FileCache) -> str | None:
    """The digest of an annotation, a file or values; None for a missing file."""
    path = index.annotation_path(photo, kind)
    if path is None:
        return digest_of_values(photo.annotations[kind])
    return cache.digest(path) if path.is_file() else None
