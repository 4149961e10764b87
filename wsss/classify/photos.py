"""The photos that a classifier trains on, and what they cannot teach it."""

from collections.abc import Sequence

from wsss.classify.settings import ClassifierSettings
from wsss.data.photo import Photo


def choose_photos(photos: Sequence[Photo], settings: ClassifierSettings) -> list[Photo]:
    """The photos that train: those with tags, and by some methods those without."""
    return [photo for photo in photos if photo.tags or settings.trains_untagged]


def find_gaps(
    photos: Sequence[Photo], classes: Sequence[str], settings: ClassifierSettings
) -> list[str]:
    """A line on the classes without a photo among those that train, and one on the background if
    the method needs photos of it and has none; [] if nothing is missing.
    """
    lines, missing = [], name_missing(photos, classes)
    if missing:
        lines.append(f"no photo that trains has {missing}, so the classifier cannot learn it")
    if settings.trains_untagged and all(photo.tags for photo in photos):
        lines.append(
            "every photo that trains has a tag, so nothing is learned of the background; take "
            "photos of no class as well, or set classifier.mil.loss: sigmoid"
        )
    return lines


def name_missing(photos: Sequence[Photo], classes: Sequence[str]) -> str:
    """The names of the classes that no photo has, as "cow, sheep"; "" if there are none."""
    found: set[int] = set()
    for photo in photos:
        found.update(photo.tags)
    return ", ".join(name for tag, name in enumerate(classes, start=1) if tag not in found)
