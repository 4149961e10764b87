"""Reads a folder of photos and a folder of saliency masks into an index with the splits `train` and
`heldout`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from wsss.data.digests import digest_of_file
from wsss.data.images import photo_size, read_photo, write_labels
from wsss.data.index import Index
from wsss.data.photo import Photo, is_safe
from wsss.run.errors import UserError
from wsss.saliency.duplicates import find_shared_photos, perceptual_hash
from wsss.saliency.net_settings import SaliencyPhotosSettings

CLASSES = ("salient",)
PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


def read_saliency_photos(
    settings: SaliencyPhotosSettings, target: Index, masks: Path, place: Path
) -> tuple[Index, dict[str, str]]:
    """The index of the photos, and which of them were left out because they are, or resemble, a
    photo of `target`.

    The masks, 0 or 1, are written into the folder `masks`, which will be found at `place`. Photos
    without one are left out.
    """
    photos = pair_files(settings)
    paths = {name: photo for name, (photo, _) in photos.items()}
    shared = find_photos_of_both(paths, target, settings.hash_distance)
    kept = [name for name in photos if name not in shared]
    if len(kept) <= settings.held_out:
        raise UserError(
            f"{len(kept)} photos in {settings.photos} have a mask in {settings.masks} and are not "
            "of the "
            f"dataset; more than {settings.held_out} are needed ('saliency_photos.held_out')"
        )
    for name in kept:
        write_labels(masks / f"{name}.png", binary_mask(*photos[name]))
    chosen = set(np.random.default_rng(settings.seed).permutation(kept)[: settings.held_out])
    splits = {
        "train": tuple(n for n in kept if n not in chosen),
        "heldout": tuple(n for n in kept if n in chosen),
    }
    entries = {name: _photo(name, photos[name][0], masks / f"{name}.png", place) for name in kept}
    return Index("saliency", CLASSES, str(settings.photos), entries, splits), shared


def _photo(name: str, path: Path, mask: Path, place: Path) -> Photo:
    """A photo whose mask was written to `mask` and will be found in the folder `place`."""
    found = place / mask.name
    annotations = {"mask": str(found) if found.is_absolute() else f"./{found}"}
    digests = {"photo": digest_of_file(path), "mask": digest_of_file(mask)}
    return Photo(name, path.name, (1,), annotations, digests=digests)


def find_photos_of_both(photos: dict[str, Path], target: Index, distance: int) -> dict[str, str]:
    """Which of `photos` (name: path) are photos of `target` as well, and which one."""
    known = list(target.photos.values())
    hashes = np.array([perceptual_hash(read_photo(target.image_path(p))) for p in known])
    own = ((name, perceptual_hash(read_photo(path))) for name, path in photos.items())
    return find_shared_photos(own, [p.id for p in known], hashes, distance)


def pair_files(settings: SaliencyPhotosSettings) -> dict[str, tuple[Path, Path]]:
    """Photo and mask by their common name, sorted."""
    photos = dict(_files(settings.photos, "photos"))
    masks = dict(_files(settings.masks, "masks"))
    both = sorted(photos.keys() & masks.keys())
    return {name: (photos[name], masks[name]) for name in both}


def _files(folder: str | None, key: str) -> Iterator[tuple[str, Path]]:
    if folder is None or not Path(folder).is_dir():
        raise UserError(
            f"setting 'saliency_photos.{key}' is '{folder}', which is not a folder; name one with "
            "photos or "
            "masks (such as ECSSD's), or take 'saliency: contrast', which needs no training"
        )
    for path in sorted(Path(folder).iterdir()):
        if path.suffix.lower() in PHOTO_ENDINGS and is_safe(path.stem):
            yield path.stem, path


def binary_mask(photo: Path, mask: Path) -> np.ndarray:
    """The mask as uint8 (H, W), 1 where it is at least half bright; one of another size than its
    photo is refused.
    """
    try:
        with Image.open(mask) as image:
            bright = np.asarray(image.convert("L")) >= 128
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise UserError(
            f"mask {mask} cannot be read ({error}); replace it or take it and its photo away"
        )
    if bright.shape != photo_size(photo):
        raise UserError(
            f"mask {mask} is {bright.shape[1]} x {bright.shape[0]} pixels but its photo {photo} is "
            f"{photo_size(photo)[1]} x {photo_size(photo)[0]}; replace one of them"
        )
    return bright.astype(np.uint8)
