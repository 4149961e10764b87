"""Reads the user's saliency maps: a folder of PNGs named by photo id, grey (255 salient) or
masks.
"""

from pathlib import Path

import numpy as np

from wsss.run.errors import UserError
from wsss.saliency.folder_settings import FolderSettings
from wsss.saliency.inputs import SaliencyInput
from wsss.saliency.maps import scale_saliency
from wsss.saliency.masks import read_brightness


def folder_saliency(item: SaliencyInput, settings: FolderSettings) -> np.ndarray:
    """The user's map of a photo, float32 (H, W) in 0..1.

    UserError if the map is missing, damaged or of another size than the photo.
    """
    if settings.folder is None or not Path(settings.folder).is_dir():
        raise UserError(
            f"setting 'saliency.folder.folder' is '{settings.folder}', which is not a folder; name "
            "the one with your maps ID.png, or write 'saliency: contrast' in the recipe, which "
            "needs none"
        )
    path = Path(settings.folder) / f"{item.photo.id}.png"
    if not path.is_file():
        raise UserError(
            f"saliency map {path} is missing; add it, or write 'saliency: contrast' in the recipe, "
            "which needs no maps"
        )
    values = read_brightness(path, "saliency map", "remake it")
    return scale_saliency(path, values, item.size)
