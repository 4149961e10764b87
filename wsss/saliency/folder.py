"""Saliency maps of the user's: a folder of 8-bit grey PNGs named by photo id, 255 salient."""

from pathlib import Path

import numpy as np

from wsss.data.images import read_labels
from wsss.errors import UserError
from wsss.saliency.folder_settings import FolderSettings
from wsss.saliency.making import Unseen


def folder_saliency(item: Unseen, settings: FolderSettings) -> np.ndarray:
    """The user's map of a photo, float32 (H, W) in 0..1; a missing one, or one of another size, is refused by name."""
    if settings.folder is None or not Path(settings.folder).is_dir():
        raise UserError(f"setting 'saliency.folder.folder' is '{settings.folder}', which is not a folder; name the one with "
                        "your maps ID.png, or take 'saliency: contrast', which needs none")
    path = Path(settings.folder) / f"{item.photo.id}.png"
    if not path.is_file():
        raise UserError(f"saliency map {path} is missing; add it, or take 'saliency: contrast', which needs no maps")
    saliency = read_labels(path)
    if saliency.shape != item.size:
        raise UserError(f"saliency map {path} is {saliency.shape[1]} x {saliency.shape[0]} pixels but its photo is "
                        f"{item.size[1]} x {item.size[0]}; remake it")
    return saliency.astype(np.float32) / 255
