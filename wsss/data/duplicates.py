"""Finds photos that two datasets share, by a perceptual hash of their lowest frequencies (DCT)."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.fft import dctn

from wsss.data.images import read_photo
from wsss.data.index import Index

SIDE = 32
"""side in pixels to which photos are shrunk"""
LOW = 8
"""frequencies in each direction that are kept"""


def perceptual_hash(photo: np.ndarray) -> np.ndarray:
    """The hash, bool (64,), of a photo, uint8 (H, W, 3): which coefficients are above their median.

    Few bits change with the photo's size, brightness and compression.
    """
    small = np.asarray(
        Image.fromarray(photo).convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS),
        np.float64,
    )
    low = dctn(small, norm="ortho")[:LOW, :LOW].ravel()
    return low > np.median(low[1:])  # type: ignore[no-any-return]


def find_shared_photos(
    hashes: Iterable[tuple[str, np.ndarray]], names: Sequence[str], known: np.ndarray, distance: int
) -> dict[str, str]:
    """Name -> the most similar of `names`, for each photo that is at most `distance` bits from one.

    `hashes` gives names and hashes (64,); `known` (n, 64) are the hashes of `names`.
    """
    shared = {}
    for name, bits in hashes:
        differing = (known != bits).sum(axis=1)
        if len(differing) and differing.min() <= distance:
            shared[name] = names[int(differing.argmin())]
    return shared


def find_photos_in(target: Index, photos: Mapping[str, Path], distance: int) -> dict[str, str]:
    """Name -> id of the same photo in the dataset `target`, for those of `photos` (name -> path)
    with one. Two are the same if at most `distance` bits of their hashes differ. Reads all photos.
    """
    known = list(target.photos.values())
    known_hashes = np.array([perceptual_hash(read_photo(target.image_path(p))) for p in known])
    hashes = ((name, perceptual_hash(read_photo(path))) for name, path in photos.items())
    return find_shared_photos(hashes, [p.id for p in known], known_hashes, distance)
