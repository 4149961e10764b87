"""Labels of each photo from the best annotation that it has (docs/methods.md#mixture)."""

from collections.abc import Callable
from typing import Any

from wsss.data.photo import PLACES, Photo, place_of
from wsss.labels.boxes import box_labels
from wsss.labels.known import Annotated, Known, without_annotation
from wsss.labels.mixture_settings import MixtureSettings
from wsss.labels.points import point_labels
from wsss.labels.scribbles import scribble_labels
from wsss.labels.simulated import simulated_labels
from wsss.labels.truth import true_labels

MAKERS: dict[str, Callable[[Known, Any], Annotated]] = {
    "mask": true_labels,
    "scribble": scribble_labels,
    "simulated_scribbles": simulated_labels,
    "boxes": box_labels,
    "points": point_labels,
}
"""entry of `order` -> the function that makes labels of it"""
OTHER_LABELS = "labels of an earlier step"
"""the source of labels of photos without annotations"""


def mixed_labels(known: Known, settings: MixtureSettings) -> Annotated:
    """The labels of a photo from the first kind of `settings.order` that it has; else those of the
    earlier step, or if there is none, nothing (IGNORE).
    """
    for source in settings.order:
        if source in ("mask", "simulated_scribbles") and not _has_mask(known, source, settings):
            continue
        made = MAKERS[source](known, settings)
        if made.source is not None:
            return made._replace(source=source)
    if known.rest is None:
        return without_annotation(known)
    return Annotated(known.rest[known.photo.id], OTHER_LABELS)


def _has_mask(known: Known, source: str, settings: MixtureSettings) -> bool:
    """Whether the photo has a mask that may count; strokes are simulated from any mask."""
    path = known.index.annotation_path(known.photo, "mask")
    if path is None or not path.is_file():
        return False
    return source != "mask" or is_chosen(known.photo, settings.mask_share)


def is_chosen(photo: Photo, share: float) -> bool:
    """Whether a photo is among those whose mask counts: about a `share` of all, by a hash of its
    id.
    """
    return place_of(f"mask {photo.id}") < share * PLACES
