"""Adds strokes, clicks and boxes to the photos of an index that train.

Of a folder only the files of these photos are opened. A table holds all photos; of it only the rows
of these photos are kept. So annotations of other photos change nothing.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from wsss.data.account import Account
from wsss.data.annotation_settings import AnnotationSettings
from wsss.data.file_cache import FileCache
from wsss.data.images import photo_size
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.photo_finder import PhotoFinder
from wsss.data.shape import OTHER, Shape
from wsss.data.shape_files import PNG, READERS, read_rows, read_stroke_png, shape_of_row
from wsss.data.shape_rules import NAMES, PhotoShapes, check_png
from wsss.data.walk import files_below
from wsss.run.errors import UserError


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
    source = Source(finder, account, cache or FileCache(index.root))
    photos = dict(index.photos)
    for kind, files in settings.sources.items():
        adder = _Adder(index, kind, split, account, cache or FileCache(index.root))
        for file in files:
            for path, found in source.read(Path(file), kind, set(index.splits[split]), paths):
                adder.take(paths[path], found)
        if files:
            photos |= adder.finish(photos, files)
    return replace(index, photos=photos)


class Source:
    """Reads files and folders of annotations, and finds the photos that they are of."""

    def __init__(self, finder: PhotoFinder, account: Account, cache: FileCache) -> None:
        self._finder, self._account, self._cache = finder, account, cache
        self._told: set[tuple[str, str]] = set()

    def read(
        self, path: Path, kind: str, wanted: set[str], ids: dict[Path, str]
    ) -> Iterator[tuple[Path, Shape | Path]]:
        """Each shape of a kind with its photo, for photos whose id is `wanted`; for a PNG with
        strokes its path instead. `ids` is photo -> id.
        """
        if path.is_dir():
            yield from self._read_folder(path, kind, wanted, ids)
            return
        if not path.is_file():
            raise UserError(
                f"annotations {path} are missing; put them there, or mend the section annotations "
                "of the settings"
            )
        for row in self._cache.read(path, read_rows):
            shape = shape_of_row(row)
            photo = self._photo(shape.image, f"{NAMES[kind]} of {path.name}")
            if photo is not None and ids[photo] in wanted and self._is_of_kind(shape, kind):
                yield photo, shape

    def _read_folder(
        self, folder: Path, kind: str, wanted: set[str], ids: dict[Path, str]
    ) -> Iterator[tuple[Path, Shape | Path]]:
        """The shapes of a folder with a file for each photo; other files are not opened."""
        endings = (*READERS, PNG) if kind == "scribble" else tuple(READERS)
        for file in sorted(Path(entry.path) for entry in files_below(folder, endings)):
            name = file.relative_to(folder).with_suffix("").as_posix().removesuffix("_scribble")
            photo = self._photo(name, f"files of {NAMES[kind]}")
            if photo is None or ids[photo] not in wanted:
                continue
            if file.suffix.lower() == PNG:
                yield photo, file
                continue
            for shape in self._shapes(file, kind):
                yield photo, shape

    def _shapes(self, file: Path, kind: str) -> Iterator[Shape]:
        """The shapes of a kind in a file; a file that cannot be read goes to the account."""
        try:
            rows = self._cache.read(file, read_rows)
        except UserError as error:
            what = f"files of {NAMES[kind]} that cannot be read, which are left out"
            self._account.problems[what].append(str(error))
            return
        for row in rows:
            shape = shape_of_row(row)
            if self._is_of_kind(shape, kind):
                yield shape

    def _photo(self, name: str, what: str) -> Path | None:
        """The photo of a name; None for none or several, which goes to the account once."""
        found = self._finder.find(name)
        if len(found) == 1:
            return found[0]
        kind = f"{what} {'that several photos fit' if found else 'without a photo'}"
        if (kind, name) not in self._told:
            self._told.add((kind, name))
            self._account.problems[kind].append(name)
        return None

    def _is_of_kind(self, shape: Shape, kind: str) -> bool:
        """Whether a shape is of a kind; polygons and the like go to the account."""
        if shape.kind == OTHER:
            what = "shapes that are no strokes, clicks or boxes, which are not read"
            self._account.problems[what].append(shape.where)
        return shape.kind == kind


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

    def finish(self, photos: dict[str, Photo], files: tuple[str, ...]) -> dict[str, Photo]:
        """The photos of the split with what was taken. A PNG wins over shapes of the same photo.

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
        self._sum_up(changed, files)
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
            why = str(error)
        if why is None:
            return str(path.resolve())
        what = "PNGs with strokes that cannot be used, which are left out"
        self._account.problems[what].append(f"{path.name}: {why}")
        return None

    def _sum_up(self, photos: dict[str, Photo], files: tuple[str, ...]) -> None:
        """Enter how many photos have the annotation, and which tagged ones lack it."""
        lacking = []
        for photo in photos.values():
            if photo.tags and self._kind not in photo.annotations:
                lacking.append(photo.id)
        count = sum(self._kind in photo.annotations for photo in photos.values())
        if not count:
            problems = [kind for kind, cases in self._account.problems.items() if cases]
            raise UserError(
                f"none of the {len(photos)} photos of split '{self._split}' has {self.words} in "
                f"{', '.join(files)}; {problems[0] if problems else 'no file is named like one'}"
            )
        self._account.annotated[self.words] = count
        what = f"tagged photos of {self._split} without {self.words}"
        self._account.problems[f"{what}, unknown (255) to labels of these"] = lacking

    @property
    def words(self) -> str:
        """The kind of annotation in words."""
        return NAMES[self._kind]
