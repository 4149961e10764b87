"""Reads files and folders of strokes, clicks and boxes, and finds the photos that they are of."""

from collections.abc import Iterator
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.photo_finder import PhotoFinder
from wsss.brought.shape import OTHER, Shape
from wsss.brought.shape_files import PNG, READERS, read_rows, shape_of_row
from wsss.brought.shape_rules import NAMES
from wsss.data.file_cache import FileCache
from wsss.data.walk import files_below
from wsss.run.errors import UserError, raise_passing


class Source:
    """Reads files and folders of annotations, and finds the photos that they are of."""

    def __init__(self, finder: PhotoFinder, account: Account, cache: FileCache) -> None:
        self._finder, self._account, self._cache = finder, account, cache
        self._told: set[tuple[str, str]] = set()
        self._others: dict[str, None] = {}

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
            raise_passing(error)
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
        elif shape.kind != kind:
            self._others[NAMES[shape.kind]] = None
        return shape.kind == kind

    def why_none(self, kind: str) -> str:
        """Why no photo got an annotation of a kind from what was read."""
        problems = [
            f"{what} ({cases[0]})" for what, cases in self._account.problems.items() if cases
        ]
        if problems:
            return problems[0]
        if self._others:
            return (
                f"what was read there is {' and '.join(self._others)}; "
                f"docs/usage.md#scribbles-clicks-and-boxes says what {NAMES[kind]} look like"
            )
        return "no file is named like one"
