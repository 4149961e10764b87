"""Reads a folder of photos and a folder of saliency masks into an index with the splits `train` and
`heldout`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wsss.data.digests import digest_of_file
from wsss.data.duplicates import find_photos_in
from wsss.data.images import photo_size, write_labels
from wsss.data.index import Index
from wsss.data.photo import Photo, is_safe
from wsss.run.errors import UserError
from wsss.saliency.masks import read_brightness
from wsss.saliency.net_settings import SaliencyPhotosSettings

CLASSES = ("salient",)
PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


def read_saliency_photos(
    settings: SaliencyPhotosSettings, target: Index, masks: Path, place: Path
) -> tuple[Index, dict[str, str]]:
    """The index of the training photos, and the photos left out: name -> photo of `target`.

    Photos are left out if they are, or resemble, a photo of the dataset `target`, and if they have
    no mask. Masks (0 or 1) are written into the folder `masks`; the index names them in `place`, to
    which the caller moves the folder. UserError if too few photos are left.
    """
    photos = pair_files(settings)
    paths = {name: photo for name, (photo, _) in photos.items()}
    shared = find_photos_in(target, paths, settings.hash_distance)
    kept = [name for name in photos if name not in shared]
    if len(kept) <= settings.held_out:
        raise UserError(
            f"{len(kept)} photos in {settings.photos} have a mask in {settings.masks} and are not "
            f"of the dataset; more than {settings.held_out} are needed ('saliency_photos.held_out')"
        )
    for name in kept:
        write_labels(masks / f"{name}.png", read_binary_mask(*photos[name]))
    held_out = set(np.random.default_rng(settings.seed).permutation(kept)[: settings.held_out])
    splits = {
        "train": tuple(name for name in kept if name not in held_out),
        "heldout": tuple(name for name in kept if name in held_out),
    }
    entries = {}
    for name in kept:
        entries[name] = _make_photo(name, paths[name], masks / f"{name}.png", place)
    return Index("saliency", CLASSES, str(settings.photos), entries, splits), shared


def _make_photo(name: str, path: Path, mask: Path, place: Path) -> Photo:
    """A photo whose mask was written to `mask`, and will later be in the folder `place`."""
    later = place / mask.name
    annotations = {"mask": str(later) if later.is_absolute() else f"./{later}"}
    digests = {"photo": digest_of_file(path), "mask": digest_of_file(mask)}
    return Photo(name, path.name, (1,), annotations, digests=digests)


def pair_files(settings: SaliencyPhotosSettings) -> dict[str, tuple[Path, Path]]:
    """Name -> the photo and the mask that have this name, for names that have both, sorted."""
    photos = dict(_list_images(settings.photos, "photos"))
    masks = dict(_list_images(settings.masks, "masks"))
    both = sorted(photos.keys() & masks.keys())
    return {name: (photos[name], masks[name]) for name in both}


def _list_images(folder: str | None, key: str) -> Iterator[tuple[str, Path]]:
    """Name and path of each image in a folder; `key` is the setting that names the folder."""
    if folder is None or not Path(folder).is_dir():
        raise UserError(
            f"setting 'saliency_photos.{key}' is '{folder}', which is not a folder; name one "
            "with photos or masks (such as ECSSD's), or write 'saliency: contrast' in the recipe, "
            "which needs no training"
        )
    for path in sorted(Path(folder).iterdir()):
        if path.suffix.lower() in PHOTO_ENDINGS and is_safe(path.stem):
            yield path.stem, path


def read_binary_mask(photo: Path, mask: Path) -> np.ndarray:
    """The mask, uint8 (H, W): 1 where it is at least half bright (masks.py), else 0.

    UserError if the mask is damaged or of another size than its photo.
    """
    values = read_brightness(mask, "mask", "replace it, or remove it and its photo")
    bright = values >= 128
    if bright.shape != photo_size(photo):
        raise UserError(
            f"mask {mask} is {bright.shape[1]} x {bright.shape[0]} pixels but its photo {photo} is "
            f"{photo_size(photo)[1]} x {photo_size(photo)[0]}; replace one of them"
        )
    return bright.astype(np.uint8)
