"""Saliency maps as stages read them: folders of 8-bit grey PNGs, one folder a shard, 255
salient.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wsss.data.images import read_labels
from wsss.data.label_folder import LabelFolder
from wsss.run.errors import UserError


class SaliencyMaps:
    """Gives the saliency of a photo, float32 (H, W) in 0..1, out of any number of shard folders."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folder = LabelFolder(folders, "saliency map")

    def read(self, photo_id: str, size: tuple[int, int]) -> np.ndarray:
        """The map of a photo of `size` (H, W); a missing one, or one of another size, is refused by
        name.
        """
        return read_saliency(self._folder.path(photo_id), size)


def read_saliency(path: Path, size: tuple[int, int]) -> np.ndarray:
    """A saliency map, float32 (H, W) in 0..1; one that has not the photo's `size` is refused."""
    saliency = read_labels(path)
    if saliency.shape != size:
        raise UserError(
            f"saliency map {path} is {saliency.shape[1]} x {saliency.shape[0]} pixels but its "
            "photo is "
            f"{size[1]} x {size[0]}; remake it"
        )
    return saliency.astype(np.float32) / 255
