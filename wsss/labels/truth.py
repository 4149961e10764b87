"""Labels from the true masks. They train the network of full supervision, the upper bound for
recipes.
"""

import numpy as np

from wsss.data.images import read_labels
from wsss.data.index import Index
from wsss.data.photo import Photo


def true_labels(index: Index, photo: Photo) -> np.ndarray:
    """The true mask of a photo, label ids uint8 (H, W)."""
    return read_labels(index.mask_path(photo))
