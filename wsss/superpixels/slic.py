"""Superpixels by SLIC: k-means over position and CIE Lab colour (Achanta et al., TPAMI 2012)."""

import numpy as np
from skimage.segmentation import slic
from skimage.transform import resize

from wsss.superpixels.slic_settings import SlicSettings


def slic_superpixels(pixels: np.ndarray, settings: SlicSettings) -> np.ndarray:
    """The region id of each pixel of a photo, int64 (H, W).

    `pixels` is uint8 (H, W, 3). Ids run from 0 without gaps, and each region is 4-connected.
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
    """A photo, uint8 (H, W, 3), shrunk to this longer side: float (h, w, 3) in 0..1.

    A photo that is not larger is returned unchanged.
    """
    longest = max(pixels.shape[:2])
    if long_side is None or longest <= long_side:
        return pixels
    size = [max(1, round(side * long_side / longest)) for side in pixels.shape[:2]]
    resized: np.ndarray = resize(pixels, size, anti_aliasing=True)
    return resized


def enlarge(ids: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Region ids (h, w) at `size` (H, W), which must not be smaller, by the nearest cell.

    Each cell gets at least one pixel, so no region is lost or divided.
    """
    rows, columns = (np.arange(new) * old // new for new, old in zip(size, ids.shape))
    return ids[np.ix_(rows, columns)]
