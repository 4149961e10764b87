"""The tags of photos that have strokes, clicks or boxes, but no table of tags: their classes."""

from collections.abc import Sequence
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.annotation_files import Source
from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.photo_finder import PhotoFinder
from wsss.brought.shape import Shape
from wsss.brought.shape_files import read_stroke_png
from wsss.brought.shape_rules import BACKGROUND, NAMES, find_label
from wsss.brought.tables import Row
from wsss.data.file_cache import FileCache
from wsss.run.errors import UserError


def rows_of_annotations(
    root: Path,
    ids: dict[Path, str],
    settings: AnnotationSettings,
    classes: Sequence[str] | None,
    cache: FileCache,
) -> list[Row]:
    """A row of tags for each photo with an annotation, in the order of `ids` (photo -> id).

    The annotations of all photos are read, because the split is not known yet. With `classes` a
    number is the name of its class. Their problems are told when the annotations are added;
    UserError where no photo has an annotation.
    """
    source = Source(PhotoFinder(root, list(ids)), Account(), cache)
    tags: dict[Path, dict[str, None]] = {}
    for kind, files in settings.sources.items():
        for file in files:
            for photo, found in source.read(Path(file), kind, set(ids.values()), ids):
                names = tags.setdefault(photo, {})
                names |= dict.fromkeys(_names(found, classes, cache))
    if not tags:
        given = [(kind, files) for kind, files in settings.sources.items() if files]
        kind, files = given[0]
        raise UserError(
            f"no photo in {root} has {NAMES[kind]} in {', '.join(files)}: {source.why_none(kind)}"
        )
    rows = []
    for photo in ids:
        if photo in tags:
            image = photo.relative_to(root).as_posix()
            rows.append(Row(image, tuple(tags[photo]), "annotations"))
    return rows


def _names(found: Shape | Path, classes: Sequence[str] | None, cache: FileCache) -> list[str]:
    """The classes of a shape or of a PNG with strokes, without the background."""
    if isinstance(found, Path):
        return _names_in_png(found, classes, cache)
    label = found.label
    if label.lower() in BACKGROUND:
        return []
    number = find_label(label, classes) if classes else None
    if classes and number:
        return [classes[number - 1]]
    return [] if classes else [label]  # an unknown class is told later


def _names_in_png(path: Path, classes: Sequence[str] | None, cache: FileCache) -> list[str]:
    """The classes in a PNG with strokes; UserError without names of classes."""
    if not classes:
        raise UserError(
            f"{path} is a PNG with strokes, whose labels are numbers; give their names, in the "
            "order of the numbers from 1, as folder.classes (new_dataset.py: --classes)"
        )
    labels = cache.read(path, read_stroke_png)[2]
    return [classes[label - 1] for label in labels if 0 < label <= len(classes)]
