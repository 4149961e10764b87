"""The true masks that a watch (process.py) compares with what supervises a training. Nothing is
trained on them, and the model is the same without them.
"""

from collections.abc import Sequence

import numpy as np

from wsss.data.images import read_labels
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.training.targets import TRUTH, Target, labels_target


def masks_of(index: Index, photos: Sequence[Photo]) -> dict[str, Target]:
    """The target TRUTH of photos, IGNORE for one without a mask; {} if none has a mask."""
    if not any(_has_mask(index, photo) for photo in photos):
        return {}
    return {TRUTH: labels_target(lambda photo: _mask_of(index, photo))}


def _has_mask(index: Index, photo: Photo) -> bool:
    """Whether the true mask of a photo exists. The file may have been deleted since the photo was
    indexed.
    """
    path = index.annotation_path(photo, "mask")
    return path is not None and path.is_file()


def _mask_of(index: Index, photo: Photo) -> np.ndarray | None:
    """The true mask of a photo, uint8 (H, W); None for a photo without one."""
    return read_labels(index.mask_path(photo)) if _has_mask(index, photo) else None
