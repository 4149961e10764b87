"""Float maps at another size: bilinear, and averaged where they shrink.

By PIL, so that stages without a network do without torch, which takes most of a gigabyte and two
seconds to start.
"""

import math

import numpy as np
from PIL import Image


def resize_scores(
    maps: np.ndarray, size: tuple[int, int], covered: tuple[float, float] | None = None
) -> np.ndarray:
    """Maps float32 (K, H, W) at `size` (h, w).

    The cells of the new grid cover the first `covered` rows and columns of the old one (None: all);
    corners are not aligned. Beyond its last cell a map goes on as it ends.
    """
    rows, columns = covered or maps.shape[1:]
    beyond = (math.ceil(rows) - maps.shape[1], math.ceil(columns) - maps.shape[2])
    if max(beyond) > 0:
        maps = np.pad(maps, ((0, 0), (0, max(0, beyond[0])), (0, max(0, beyond[1]))), mode="edge")
    out = np.empty((len(maps), *size), np.float32)
    for plane, source in zip(out, maps):
        image = Image.fromarray(np.asarray(source, np.float32))
        box = (0, 0, columns, rows)
        plane[...] = np.asarray(image.resize(size[::-1], Image.Resampling.BILINEAR, box))
    return out
