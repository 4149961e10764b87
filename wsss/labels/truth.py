"""Labels from the true masks: full supervision, with which other recipes are compared."""

import numpy as np

from wsss.data.images import read_labels
from wsss.data.index import Index
from wsss.data.photo import Photo


def true_labels(index: Index, photo: Photo) -> np.ndarray:
    """The mask of a photo, uint8 (H, W)."""
    return read_labels(index.mask_path(photo))
