"""Photos that two datasets share, by perceptual hash: the signs of a photo's lowest frequencies."""

from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image
from scipy.fft import dctn

SIDE, LOW = 32, 8


def perceptual_hash(photo: np.ndarray) -> np.ndarray:
    """64 bits, bool (64,), of a photo uint8 (H, W, 3): alike for other sizes, light and compression
    of the same photo.
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
    """The photos whose hash is within `distance` bits of one of the hashes `known` (n, 64), and
    which of `names` it is.
    """
    shared = {}
    for name, bits in hashes:
        differing = (known != bits).sum(axis=1)
        if len(differing) and differing.min() <= distance:
            shared[name] = names[int(differing.argmin())]
    return shared
