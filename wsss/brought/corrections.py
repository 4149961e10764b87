"""Masks that people made or corrected for photos that train (docs/usage.md#correct-masks).

They are PNGs named as the photos, or files of drawings (area_files.py). In the index a photo has
its correction as the path of the PNG, or as values of the drawing (correction_values.py).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wsss.brought.area_files import ENDINGS, drawing_of_row, read_drawing_rows
from wsss.brought.areas import Drawing, check_drawing, draw
from wsss.brought.checks import read_size_and_labels
from wsss.brought.mask_palettes import CONVERT, find_moved, read_used_colours, say_moved
from wsss.brought.photo_finder import PhotoFinder
from wsss.data.correction_values import KIND, to_values
from wsss.data.file_cache import FileCache
from wsss.data.images import IGNORE, photo_size
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.walk import files_below
from wsss.run.counted import counted
from wsss.run.errors import UserError, raise_passing

PNG = ".png"
LISTED = 10
"""largest number of faults that the error names"""


@dataclass(frozen=True)
class _Given:
    """A correction in a file, before it is matched with a photo."""

    name: str
    """the photo's name in the file"""
    file: Path
    drawing: Drawing | None
    """None for a PNG"""


class Corrections:
    """Finds the corrections of an index's photos; `notes` and `faults` are lines for people."""

    def __init__(self, index: Index, cache: FileCache) -> None:
        self._index, self._cache = index, cache
        self._ids = {index.image_path(photo): photo.id for photo in index.photos.values()}
        self._finder = PhotoFinder(Path(index.root), list(self._ids))
        self.faults: list[str] = []

    def read(
        self, folder: Path, endings: Sequence[str] = (PNG, *ENDINGS)
    ) -> dict[str, list[_Given]]:
        """Photo id -> its corrections in a folder or file; others are among the faults."""
        found: dict[str, list[_Given]] = defaultdict(list)
        for file in _files_in(folder, endings):
            try:
                for given in self._given_in(file, folder):
                    self._enter(given, found)
            except UserError as error:
                raise_passing(error)
                self.faults.append(str(error))
        return found

    def _given_in(self, file: Path, folder: Path) -> Iterator[_Given]:
        """The corrections in a file."""
        if file.suffix.lower() == PNG:
            name = file.relative_to(folder) if folder.is_dir() else Path(file.name)
            yield _Given(name.with_suffix("").as_posix(), file, None)
            return
        for row in self._cache.read(file, read_drawing_rows):
            drawing = drawing_of_row(row)
            yield _Given(drawing.image, file, drawing)

    def _enter(self, given: _Given, found: dict[str, list[_Given]]) -> None:
        """Match a correction with its photo."""
        photos = self._finder.find(given.name) or self._finder.find_by_end(given.name)
        if len(photos) == 1:
            found[self._ids[photos[0]]].append(given)
            return
        fits = f"fits {len(photos)} photos" if photos else "is the name of no photo"
        self.faults.append(f"{given.file.name}: '{given.name}' {fits}")

    def annotation(self, photo: Photo, several: list[_Given]) -> Any:
        """The correction of a photo as the index has it; None where it is at fault."""
        if len(several) > 1:
            files = " and ".join(sorted({given.file.name for given in several}))
            self.faults.append(f"photo {photo.image} has {len(several)} corrections, in {files}")
            return None
        given, size = several[0], photo_size(self._index.image_path(photo))
        if given.drawing is None:
            return self._png(given.file, size)
        fault = check_drawing(given.drawing, size, self._index.classes)
        if fault is None:
            return to_values(draw(given.drawing, size, self._index.classes))
        self.faults.append(f"{given.file.name}: the drawing of {given.name} {fault}")
        return None

    def _png(self, file: Path, size: tuple[int, int]) -> str | None:
        """The path of a PNG that fits its photo, of `size` (H, W)."""
        try:
            height, width, labels = self._cache.read(file, read_size_and_labels)
            moved = find_moved(self._cache.read(file, read_used_colours), self._index.labels)
        except UserError as error:
            raise_passing(error)
            self.faults.append(str(error))
            return None
        known = len(self._index.classes)
        unknown = [label for label in labels if known < label < IGNORE]
        if (height, width) != size:
            photo = f"its photo has {size[1]} x {size[0]}"
            self.faults.append(f"{file.name} is of {width} x {height} pixels, and {photo}")
        elif unknown:
            self.faults.append(
                f"{file.name} has the label {unknown[0]}, and there are classes 1 to {known} and "
                f"{IGNORE} for unknown"
            )
        elif moved:
            self.faults.append(
                f"the palette of {file.name} was changed, so that values may have moved "
                f"({say_moved(moved)}); {CONVERT}"
            )
        else:
            return str(file.resolve())
        return None


def add_corrections(
    index: Index, folder: str | None, split: str, cache: FileCache
) -> tuple[Index, list[str]]:
    """The index with the corrections in a folder (or file) for photos of `split`, and lines for its
    owner.

    Corrections of photos that do not train are not read: a mask of val would spoil its score.
    UserError for a folder that is missing, and one that names each correction that cannot be used.
    """
    if folder is None:
        return index, []
    if not Path(folder).exists():
        raise UserError(f"corrections {folder} are missing; put them there, or mend the setting")
    reader = Corrections(index, cache)
    found = reader.read(Path(folder))
    training, photos = set(index.splits[split]), dict(index.photos)
    for photo_id in sorted(training & found.keys()):
        photo = photos[photo_id]
        made = reader.annotation(photo, found[photo_id])
        photos[photo_id] = replace(photo, annotations={**photo.annotations, KIND: made})
    refuse("correction", reader.faults)
    return replace(index, photos=photos), _describe(len(training & found.keys()), found, training)


def _files_in(folder: Path, endings: Sequence[str]) -> list[Path]:
    """The files with these endings in a folder, or the one file."""
    if folder.is_file():
        return [folder]
    return sorted(Path(entry.path) for entry in files_below(folder, tuple(endings)))


def refuse(what: str, faults: Sequence[str]) -> None:
    """UserError that names the faults of masks or corrections."""
    if faults:
        more = f"; and {len(faults) - LISTED} more" if len(faults) > LISTED else ""
        raise UserError(
            f"{counted(len(faults), what)} cannot be used: {'; '.join(faults[:LISTED])}{more}; "
            "mend them or take them away"
        )


def _describe(count: int, found: dict[str, list[_Given]], training: set[str]) -> list[str]:
    """What the owner is told: the number of corrections, and the photos that do not train."""
    lines = [f"corrections of {counted(count, 'training photo')}"]
    others = sorted(found.keys() - training)
    if others:
        more = ", ..." if len(others) > LISTED else ""
        names = f"{', '.join(others[:LISTED])}{more}"
        lines.append(f"corrections of photos that do not train, not read: {len(others)}: {names}")
    return lines
