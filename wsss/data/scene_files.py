"""Files of scenes: point clouds, and the objectness of their points. A folder for each shard holds
a .npz for each scene, with arrays and about.json.

Arrays are written and read one at a time, so a scene of many photos need not fit into memory.
"""

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from wsss.data.npy import LARGEST, parse_array
from wsss.data.places import join_places
from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.files import MALFORMED, atomic, parse_json, require_file

FORMAT = 1
"""version of the files; raise it when their content changes"""
ABOUT = "about.json"
DAMAGED = (*MALFORMED, EOFError, RuntimeError, zlib.error)
"""what is raised for damaged files, besides BadZipFile"""
TIME = (1980, 1, 1, 0, 0, 0)
"""the time of all entries, so that equal content has equal bytes"""


class SceneWriter:
    """Adds arrays to an open file; `scene_writer` opens one."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    def add(self, name: str, values: np.ndarray) -> None:
        """Store an array of numbers."""
        with self._file.open(_entry(f"{name}.npy"), "w", force_zip64=True) as entry:
            np.lib.format.write_array(entry, np.ascontiguousarray(values), allow_pickle=False)

    def finish(self, about: Mapping[str, Any]) -> None:
        """Store what is not an array: JSON values."""
        text = json.dumps({"format": FORMAT, **about})
        self._file.writestr(_entry(ABOUT), text)


def _entry(name: str) -> zipfile.ZipInfo:
    """The head of an entry, lightly compressed."""
    entry = zipfile.ZipInfo(name, TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


@contextmanager
def scene_writer(path: str | Path) -> Iterator[SceneWriter]:
    """Write a file, which appears at `path` when it is complete."""
    with (
        atomic(path) as temporary,
        zipfile.ZipFile(temporary, "w", compresslevel=1) as file,
    ):
        yield SceneWriter(file)


class SceneFile:
    """Reads one file; UserError for a damaged one, and for one of a later version."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.about: dict[str, Any] = self._read_about()

    def _read_about(self) -> dict[str, Any]:
        try:
            found = parse_json(self._read(ABOUT))
            version = int(found["format"])
        except DAMAGED as error:
            raise self._unreadable(error)
        if version > FORMAT:
            raise UserError(
                f"{self.path} has format {version}, this version reads up to {FORMAT}; use the "
                f"version that wrote it, or {way_out(self.path)}"
            )
        return found  # type: ignore[no-any-return]

    def array(self, name: str) -> np.ndarray:
        """An array by its name."""
        try:
            return parse_array(self._read(f"{name}.npy"))
        except DAMAGED as error:
            raise self._unreadable(error)

    def _read(self, name: str) -> bytes:
        """The bytes of an entry; ValueError for one that would unpack to more than LARGEST."""
        try:
            with zipfile.ZipFile(require_file(self.path)) as file:
                if file.getinfo(name).file_size > LARGEST:
                    raise ValueError(f"{name} would unpack to more than {LARGEST >> 20} MB")
                return file.read(name)
        except (*DAMAGED, zipfile.BadZipFile) as error:
            raise self._unreadable(error)

    def _unreadable(self, error: Exception) -> UserError:
        if isinstance(error, UserError):
            return error
        return UserError(f"{self.path} cannot be read ({error}); {way_out(self.path)}")


class SceneFolder:
    """Finds the file of a scene in any number of shard folders. `what` is for messages. UserError
    for a scene in two folders.
    """

    def __init__(self, folders: Sequence[str | Path], what: str) -> None:
        self._what, self._folders = what, [Path(folder) for folder in folders]
        found = (path for folder in self._folders for path in sorted(folder.glob("*.npz")))
        self.paths = join_places(((path.stem, path) for path in found), f"{what} of scene")

    def __getitem__(self, scene: str) -> SceneFile:
        """The file of a scene; UserError if no folder holds it."""
        if scene not in self.paths:
            raise UserError(
                f"no {self._what} of scene {scene} in {', '.join(map(str, self._folders))}; make "
                "the folders again"
            )
        return SceneFile(self.paths[scene])

    def scenes(self) -> Iterator[tuple[str, SceneFile]]:
        """Each scene with its file, by name."""
        for scene in sorted(self.paths):
            yield scene, self[scene]
