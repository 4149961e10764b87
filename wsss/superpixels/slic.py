"""Superpixels by SLIC: k-means over place and colour in CIE Lab (Achanta et al., TPAMI 2012)."""

import numpy as np
from skimage.segmentation import slic
from skimage.transform import resize

from wsss.superpixels.slic_settings import SlicSettings


def slic_superpixels(pixels: np.ndarray, settings: SlicSettings) -> np.ndarray:
    """The superpixel of every pixel of a photo.

    `pixels` is uint8 (H, W, 3). The result is int64 (H, W): numbers from 0 without gaps, and the
    pixels of one number are joined by their sides.
    """
    small = shrink(pixels, settings.long_side)
    ids = slic(
        small,
        settings.count,
        settings.compactness,
        sigma=settings.smoothing,
        start_label=0,
        channel_axis=2,
        enforce_connectivity=True,
    )
    return enlarge(ids, pixels.shape[:2])


def shrink(pixels: np.ndarray, long_side: int | None) -> np.ndarray:
    """The photo with this longer side, float (h, w, 3) in 0..1; a smaller one as it is, uint8."""
    longest = max(pixels.shape[:2])
    if long_side is None or longest <= long_side:
        return pixels
    size = [max(1, round(side * long_side / longest)) for side in pixels.shape[:2]]
    resized: np.ndarray = resize(pixels, size, anti_aliasing=True)
    return resized


def enlarge(ids: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Numbers (h, w) at a `size` (H, W) that is no smaller, each pixel with the cell it lies in.

    Every cell keeps a pixel, so no number is lost and none falls apart.
    """
    rows, columns = (np.arange(new) * old // new for new, old in zip(size, ids.shape))
    return ids[np.ix_(rows, columns)]
