"""What is known of masks without true ones: which tags they show, and how much of the photos each
class covers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wsss.score.check import FOUND_FROM, is_found, shares_of

Json = dict[str, Any]
Areas = dict[int, float]
"""label id -> its area in a photo, in percent; labels without a pixel are left out"""


def measure_areas(labels: np.ndarray) -> Areas:
    """The areas of the labels of a map, uint8 (H, W)."""
    return {label: round(share, 2) for label, share in shares_of(labels).items()}


def summarise_coverage(
    photos: Sequence[tuple[Sequence[int], Mapping[int, float] | None]], labels: Sequence[str]
) -> Json | None:
    """What the masks of photos show, from the tags (label ids) of each photo and the areas in its
    mask, None for a photo without one. None where no photo has a mask.

    `photos`: how many have a mask. `tags`, `found`: the number of their tags, and of those that
    their masks show, with `from` percent of the photo or more. `area`: the mean area of all classes
    together, in percent. `classes`: for each class its `name`, the photos that are `tagged` with
    it, how many of these show it (`found`), how many photos without the tag do (`untagged`), and
    its mean `area` in the photos that show it, in percent, None where none does.
    """
    masks = [(set(tags), areas) for tags, areas in photos if areas is not None]
    if not masks:
        return None
    ids = range(1, len(labels))
    classes = [{"name": labels[label], **_of_class(masks, label)} for label in ids]
    covered = [sum(areas.get(label, 0.0) for label in ids) for _, areas in masks]
    return {
        "photos": len(masks),
        "tags": sum(row["tagged"] for row in classes),
        "found": sum(row["found"] for row in classes),
        "from": FOUND_FROM,
        "area": float(np.mean(covered)),
        "classes": classes,
    }


def _of_class(masks: Sequence[tuple[set[int], Mapping[int, float]]], label: int) -> Json:
    """The figures of one class."""
    shares = [(label in tags, areas.get(label, 0.0)) for tags, areas in masks]
    areas = [share for _, share in shares if is_found(share)]
    found = [is_found(share) for tagged, share in shares if tagged]
    return {
        "tagged": len(found),
        "found": sum(found),
        "untagged": len(areas) - sum(found),
        "area": float(np.mean(areas)) if areas else None,
    }
