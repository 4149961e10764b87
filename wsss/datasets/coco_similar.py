"""Leaves out photos of COCO that are, or resemble, photos of another dataset."""

from pathlib import Path

import numpy as np

from wsss.brought.account import Account
from wsss.brought.tables import SUFFIXES
from wsss.data.duplicates import find_shared_photos, perceptual_hash
from wsss.data.file_cache import FileCache
from wsss.data.images import read_photo
from wsss.data.photo import Photo
from wsss.data.walk import files_below
from wsss.run.errors import UserError

SIMILAR = "photos of train that resemble a photo of the other dataset, which are left out"
DISTANCE = 8
"""two photos are the same if at most so many of the 64 bits differ (docs/methods.md#saliency)"""


def leave_out_similar(
    root: Path, photos: list[Photo], folder: Path, account: Account, cache: FileCache
) -> list[Photo]:
    """The photos that resemble none below `folder`; the others go to the account.

    Photos that are unchanged in `cache` are not read. UserError if `folder` holds no photo.
    """
    paths = sorted(Path(entry.path) for entry in files_below(folder, SUFFIXES))
    if not paths:
        raise UserError(f"there is no photo in coco.without, {folder}; name a folder of photos")
    known = np.array([_hash(path, cache) for path in paths])
    hashes = ((photo.id, _hash(root / photo.image, cache)) for photo in photos)
    names = [path.name for path in paths]
    shared = find_shared_photos(hashes, names, known, DISTANCE)
    cases = [f"{photo_id}: {similar}" for photo_id, similar in shared.items()]
    if cases:
        account.problems[SIMILAR] += cases
    return [photo for photo in photos if photo.id not in shared]


def _hash(path: Path, cache: FileCache) -> np.ndarray:
    """The perceptual hash, bool (64,), of a photo."""
    return np.array([bit == "1" for bit in cache.read(path, hash_bits)])


def hash_bits(path: Path) -> str:
    """The perceptual hash of a photo as 64 digits 0 or 1."""
    return "".join("01"[int(bit)] for bit in perceptual_hash(read_photo(path)))
