"""Saliency maps on disk: a folder for each shard, an 8-bit grey PNG for each photo, 255 salient."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wsss.data.images import read_labels
from wsss.data.label_folder import LabelFolder
from wsss.run.errors import UserError


class SaliencyMaps:
    """Reads the saliency map of a photo id from any number of shard folders."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folder = LabelFolder(folders, "saliency map")

    def read(self, photo_id: str, size: tuple[int, int]) -> np.ndarray:
        """The map, float32 (H, W) in 0..1, of a photo of `size` (H, W).

        UserError if the map is missing, damaged or of another size.
        """
        return read_saliency(self._folder.path(photo_id), size)


def read_saliency(path: Path, size: tuple[int, int]) -> np.ndarray:
    """A saliency map, float32 (H, W) in 0..1; UserError if damaged or not of `size` (H, W)."""
    return scale_saliency(path, read_labels(path), size)


def scale_saliency(path: Path, saliency: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The map, uint8 (H, W), of the file `path` as float32 in 0..1; UserError for another size."""
    if saliency.shape != size:
        raise UserError(
            f"saliency map {path} is {saliency.shape[1]} x {saliency.shape[0]} pixels but its "
            f"photo is {size[1]} x {size[0]}; remake it"
        )
    return saliency.astype(np.float32) / 255
