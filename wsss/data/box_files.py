"""The boxes of a photo as a small JSON beside its labels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.files import MALFORMED, read_json, write_json

Row = tuple[int, int, int, int, int]
"""label, left, top, right, bottom; the pixels from left and top to before right and bottom"""


def write_boxes(path: str | Path, boxes: Sequence[Sequence[int]], size: tuple[int, int]) -> None:
    """Write the boxes of a photo of `size` (H, W)."""
    rows = [[int(value) for value in box] for box in boxes]
    write_json(path, {"size": list(size), "boxes": rows})


def read_planes(path: str | Path, most: int) -> np.ndarray:
    """The boxes of a photo as planes, uint8 (most, H, W): plane m has the label of box m inside of
    it, 0 elsewhere. Further boxes are left out. UserError for a file that cannot be read.
    """
    try:
        found = read_json(path)
        height, width = found["size"]
        planes = np.zeros((most, height, width), np.uint8)
        for plane, (label, left, top, right, bottom) in zip(planes, found["boxes"]):
            plane[top:bottom, left:right] = label
        return planes
    except MALFORMED as error:
        raise UserError(f"boxes {path} cannot be read ({error}); {way_out(path)}")
