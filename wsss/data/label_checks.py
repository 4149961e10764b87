"""Checks that a label map fits its photo and its dataset."""

import numpy as np

from wsss.data.images import IGNORE, photo_size
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.run.errors import UserError


def check_labels(index: Index, photo: Photo, labels: np.ndarray, what: str) -> None:
    """UserError if a label map (H, W) is not of its photo's size, or holds an unknown label.

    `what` names the label map in the message.
    """
    size_and_labels = (labels.shape[0], labels.shape[1], np.unique(labels).tolist())
    check_fit(index, size_and_labels, photo_size(index.image_path(photo)), what)


def check_fit(
    index: Index, size_and_labels: tuple[int, int, list[int]], size: tuple[int, int], what: str
) -> None:
    """UserError if a label map, called `what`, is not of `size` (H, W) or has an unknown label."""
    height, width, labels = size_and_labels
    if (height, width) != size:
        turned = "; turn the mask as EXIF turns the photo, or" if (width, height) == size else ";"
        raise UserError(
            f"{what} is {width} x {height} pixels but its photo is {size[1]} x {size[0]}"
            f"{turned} replace one of them"
        )
    classes = len(index.classes)
    unknown = [label for label in labels if label > classes and label != IGNORE]
    if unknown:
        raise UserError(
            f"{what} holds label {unknown[0]}, but dataset '{index.name}' has classes 1 "
            f"to {classes} (and {IGNORE} for ignore); correct the labels"
        )
