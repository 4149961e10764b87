"""Saliency maps of the user's: a folder of 8-bit grey PNGs named by photo id, 255 salient."""

from pathlib import Path
from typing import Any

import numpy as np

from wsss.data.images import read_labels
from wsss.errors import UserError


class SaliencyFolder:
    """Gives the saliency of a photo, float32 (H, W) in 0..1."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        if not self._folder.is_dir():
            raise UserError(f"setting 'saliency' is '{folder}', which is not a folder; give one with ID.png files, or null")

    def read(self, photo_id: str, size: tuple[int, int]) -> np.ndarray:
        """The map of a photo of `size` (H, W); a missing one, or one of another size, is refused by name."""
        path = self._folder / f"{photo_id}.png"
        if not path.is_file():
            raise UserError(f"saliency map {path} is missing; add it or do without saliency (setting 'saliency': null)")
        saliency = read_labels(path)
        if saliency.shape != size:
            raise UserError(f"saliency map {path} is {saliency.shape[1]} x {saliency.shape[0]} pixels but its photo is "
                            f"{size[1]} x {size[0]}; remake it")
        return saliency.astype(np.float32) / 255


def saliency_folder(settings: Any) -> SaliencyFolder | None:
    """The folder that the settings of a stage name, or None."""
    return SaliencyFolder(settings.saliency) if getattr(settings, "saliency", None) else None
