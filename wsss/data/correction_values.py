"""The corrections of photos in an index, as the step that writes labels reads them. How files of
corrections are read is in corrections.py: an edit there makes no labels again.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from wsss.data.images import read_labels
from wsss.data.index import Index
from wsss.data.instances import decode_mask, encode_mask
from wsss.data.photo import Photo

KIND = "correction"
"""the kind of annotation"""


def to_values(labels: np.ndarray) -> list[Any]:
    """A label map, uint8 (H, W), as JSON values: [label, RLE] of each label but the background.

    One of background alone has one entry, [0, RLE].
    """
    found = [label for label in np.unique(labels).tolist() if label > 0] or [0]
    return [[label, encode_mask(labels == label)["segmentation"]] for label in found]


def from_values(values: Sequence[Any]) -> np.ndarray:
    """The label map, uint8 (H, W), of `to_values`."""
    labels = np.zeros(tuple(values[0][1]["size"]), np.uint8)
    for label, shape in values:
        labels[decode_mask(shape)] = label
    return labels


def read_correction(index: Index, photo: Photo) -> np.ndarray | None:
    """The correction of a photo, uint8 (H, W), IGNORE where it says nothing; None without one."""
    made = photo.annotations.get(KIND)
    if made is None:
        return None
    path = index.annotation_path(photo, KIND)
    return from_values(made) if path is None and isinstance(made, list) else read_labels(str(path))
