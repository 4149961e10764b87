"""Superpixels on disk: a folder for each shard, a 16-bit PNG of region ids for each photo."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wsss.data.images import read_ids
from wsss.data.label_folder import LabelFolder
from wsss.run.errors import UserError

OUTSIDE = -1
"""region id of a pixel of a crop that is in no photo"""


class Superpixels:
    """Reads the superpixels of a photo id from any number of shard folders."""

    def __init__(self, folders: Sequence[str | Path]) -> None:
        self._folder = LabelFolder(folders, "superpixels")

    def __getitem__(self, photo_id: str) -> np.ndarray:
        """The region id of every pixel, int32 (H, W); UserError if they are missing or damaged."""
        return read_ids(self._folder.path(photo_id))

    def read(self, photo_id: str, size: tuple[int, int]) -> np.ndarray:
        """The region id of every pixel, int32 (H, W), of a photo of `size` (H, W).

        UserError if the superpixels are missing, damaged or of another size.
        """
        ids, path = self[photo_id], self._folder.path(photo_id)
        if ids.shape != size:
            raise UserError(
                f"superpixels {path} are {ids.shape[1]} x {ids.shape[0]} pixels but "
                f"their photo is {size[1]} x {size[0]}; remake them"
            )
        return ids
