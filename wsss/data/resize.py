"""Resizes float maps: bilinear interpolation, antialiased where they shrink.

PIL does it, so that stages without a network need not import torch, which takes two seconds and
most of a gigabyte.
"""

import math

import numpy as np
from PIL import Image


def resize_scores(
    maps: np.ndarray, size: tuple[int, int], covered: tuple[float, float] | None = None
) -> np.ndarray:
    """Resize maps (K, H, W) to float32 (K, h, w), `size` = (h, w); corners are not aligned.

    `covered` is the part of the old grid that the new one shows, in rows and columns from the top
    left corner, such as 93.75 of 94; the rest is padding of a network's input. None is all of it.
    Where it exceeds the old grid, the last row or column is repeated.
    """
    rows, columns = covered or maps.shape[1:]
    missing_rows = max(0, math.ceil(rows) - maps.shape[1])
    missing_columns = max(0, math.ceil(columns) - maps.shape[2])
    if missing_rows or missing_columns:
        maps = np.pad(maps, ((0, 0), (0, missing_rows), (0, missing_columns)), mode="edge")
    out = np.empty((len(maps), *size), np.float32)
    for plane, source in zip(out, maps):
        image = Image.fromarray(np.asarray(source, np.float32))
        box = (0, 0, columns, rows)
        plane[...] = np.asarray(image.resize(size[::-1], Image.Resampling.BILINEAR, box))
    return out
