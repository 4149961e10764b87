"""Float maps at another size: bilinear, and averaged where they shrink.

By PIL, so that stages without a network do without torch, which takes most of a gigabyte and two
seconds to start.
"""

import numpy as np
from PIL import Image


def resize_scores(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Maps float32 (K, H, W) at `size` (h, w); the cells of both grids cover the same area (corners
    are not aligned).
    """
    out = np.empty((len(maps), *size), np.float32)
    for plane, source in zip(out, maps):
        image = Image.fromarray(np.asarray(source, np.float32)).resize(
            size[::-1], Image.Resampling.BILINEAR
        )
        plane[...] = np.asarray(image)
    return out
