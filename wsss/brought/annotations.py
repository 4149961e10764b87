"""Adds strokes, clicks and boxes to the photos of an index that train.

Of a folder only the files of these photos are opened. A table holds all photos; of it only the rows
of these photos are kept. So annotations of other photos change nothing.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from wsss.brought.account import Account
from wsss.brought.annotation_files import Source
from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.photo_finder import PhotoFinder
from wsss.brought.shape import Shape
from wsss.brought.shape_files import read_stroke_png
from wsss.brought.shape_rules import NAMES, PhotoShapes, check_png
from wsss.data.file_cache import FileCache
from wsss.data.images import photo_size
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.run.errors import UserError, raise_passing

NO_BACKGROUND = (
    "no stroke and no click is on the background: a network that trains on these alone never "
    "learns what background is, and predicts none; mark some of it in many photos, with the class "
    "'background'"
)
"""a note for the owner"""


def add_annotations(
    index: Index,
    settings: AnnotationSettings,
    split: str,
    account: Account,
    cache: FileCache | None = None,
) -> Index:
    """The index with the annotations of its `split`, the photos that train; others get none.

    Problems and counts go to the account. UserError for a file or folder that is missing or that
    gives no photo of the split an annotation.
    """
    if not settings.paths:
        return index
    paths = {index.image_path(photo): photo.id for photo in index.photos.values()}
    finder = PhotoFinder(Path(index.root), list(paths))
    cache = cache or FileCache(index.root)
    source = Source(finder, account, cache)
    photos = dict(index.photos)
    for kind, files in settings.sources.items():
        adder = _Adder(index, kind, split, account, cache)
        for file in files:
            for path, found in source.read(Path(file), kind, set(index.splits[split]), paths):
                adder.take(paths[path], found)
        if files:
            photos |= adder.finish(photos, files, source)
    index = replace(index, photos=photos)
    if not (settings.boxes or _show_background(index.split(split), cache)):
        account.notes.append(NO_BACKGROUND)
    return index


def _show_background(photos: Iterable[Photo], cache: FileCache) -> bool:
    """Whether a stroke or click is on the background, or a photo without tags is all background."""
    for photo in photos:
        if not photo.tags:
            return True
        for kind in ("scribble", "points"):
            found = photo.annotations.get(kind)
            if isinstance(found, str) and 0 in cache.read(Path(found), read_stroke_png)[2]:
                return True
            if isinstance(found, list) and any(label == 0 for label, *_ in found):
                return True
    return False


class _Adder:
    """Collects the annotations of a kind, and adds them to photos."""

    def __init__(
        self, index: Index, kind: str, split: str, account: Account, cache: FileCache
    ) -> None:
        self._index, self._kind, self._split = index, kind, split
        self._account, self._cache = account, cache
        self._shapes: dict[str, list[Shape]] = defaultdict(list)
        self._pngs: dict[str, Path] = {}

    def take(self, photo_id: str, found: Shape | Path) -> None:
        """Enter a shape of a photo, or the PNG of its strokes."""
        if isinstance(found, Path):
            self._pngs[photo_id] = found
        else:
            self._shapes[photo_id].append(found)

    def finish(
        self, photos: dict[str, Photo], files: tuple[str, ...], source: Source
    ) -> dict[str, Photo]:
        """The photos of the split with what was taken of `source`. A PNG wins over shapes of the
        same photo.

        UserError if no photo has any.
        """
        changed = {}
        for photo_id in self._index.splits[self._split]:
            annotations = {**photos[photo_id].annotations}
            annotations.pop(self._kind, None)
            found = self._of_photo(photos[photo_id])
            if found:
                annotations[self._kind] = found
            changed[photo_id] = replace(photos[photo_id], annotations=annotations)
        self._sum_up(changed, files, source)
        return changed

    def _of_photo(self, photo: Photo) -> Any:
        """The annotation of a photo; an empty one if it has none that can be used."""
        if photo.id not in self._pngs and photo.id not in self._shapes:
            return None
        size = photo_size(self._index.image_path(photo))
        if photo.id in self._pngs:
            return self._png(photo, size)
        made = PhotoShapes(self._kind, self._index.classes, self._account)
        return made.values(photo, size, self._shapes[photo.id])

    def _png(self, photo: Photo, size: tuple[int, int]) -> str | None:
        """The path of a PNG of strokes, as the index has it; None for one that cannot be used."""
        path = self._pngs[photo.id]
        try:
            found = self._cache.read(path, read_stroke_png)
            why = check_png(photo, found, size, len(self._index.classes), self._account)
        except UserError as error:
            raise_passing(error)
            why = str(error)
        if why is None:
            return str(path.resolve())
        what = "PNGs with strokes that cannot be used, which are left out"
        self._account.problems[what].append(f"{path.name}: {why}")
        return None

    def _sum_up(self, photos: dict[str, Photo], files: tuple[str, ...], source: Source) -> None:
        """Enter how many photos have the annotation, and which tagged ones lack it."""
        lacking = []
        for photo in photos.values():
            if photo.tags and self._kind not in photo.annotations:
                lacking.append(photo.id)
        count = sum(self._kind in photo.annotations for photo in photos.values())
        if not count:
            raise UserError(
                f"none of the {len(photos)} photos of split '{self._split}' has {self.words} in "
                f"{', '.join(files)}: {source.why_none(self._kind)}"
            )
        self._account.annotated[self.words] = count
        what = f"tagged photos of {self._split} without {self.words}"
        self._account.problems[f"{what}, unknown (255) to recipes of these alone"] = lacking

    @property
    def words(self) -> str:
        """The kind of annotation in words."""
        return NAMES[self._kind]
