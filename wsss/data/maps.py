"""Score maps: scores of a photo's classes on a coarse grid; one HDF5 file for each shard of photos.

There are two kinds. `cam`: one channel for each tag, each with a maximum of 1 (0 where the
classifier sees nothing), no background; `labels` are the tags. `prob`: background first, then the
tags; `labels[0]` is 0. At each cell, the scores of a `prob` map divided by their sum are
probabilities. The scores themselves are stored, because they can be interpolated: dividing after
interpolation keeps borders where they are. The file holds float16, compressed, with checksums.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import h5py
import numpy as np

from wsss.data.images import IGNORE
from wsss.data.places import join_places
from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.files import atomic, require_file

MapKind = Literal["cam", "prob"]
FORMAT = 2
"""version of the file format; raise it when the layout changes, and older programs then say so
instead of calling the file damaged. Version 1 held the probabilities of `prob` maps"""
OPEN = 32
"""the largest number of shards that a reader keeps open; a process may open some 1,000 files"""
LARGEST = 2**30
"""the largest number of scores of a photo"""
ROUNDING = 2**-10
"""how far rounding to float16 may bring a score out of its range"""
DAMAGED = (OSError, KeyError, RuntimeError, TypeError, ValueError, AttributeError, IndexError)
"""what h5py raises for damaged files"""


@dataclass(frozen=True)
class ScoreMap:
    """The score map of one photo."""

    kind: MapKind
    labels: np.ndarray
    """the label id of each channel, int64 (K,)"""
    scores: np.ndarray
    """float32 (K, h, w), from 0"""
    size: tuple[int, int]
    """the photo's height and width in pixels"""
    covered: tuple[float, float] | None = None
    """rows and columns of cells that the photo covers, such as 93.75 of 94 rows for a photo of 375
    pixels and cells of 4; None is all"""


class MapWriter:
    """Adds maps to an open shard; `map_writer` opens one."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file

    def add(self, photo_id: str, item: ScoreMap) -> None:
        """Store one photo's map; UserError if a score is not finite, or out of its range."""
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
            scores = item.scores.astype(np.float16)
        fault = _fault_of(item.kind, scores)
        if fault:
            raise UserError(
                f"score map of photo {photo_id}: {fault}; if its network has diverged, lower the "
                "learning rate (lr) and train again"
            )
        group = self._file.create_group(photo_id)
        compress: dict[str, Any] = (
            {"compression": "lzf", "shuffle": True, "fletcher32": True} if item.scores.size else {}
        )
        group.create_dataset("scores", data=scores, **compress)
        group.attrs.update(kind=item.kind, labels=item.labels.astype(np.int16), size=item.size)
        if item.covered is not None:
            group.attrs["covered"] = item.covered


@contextmanager
def map_writer(path: str | Path, **about: Any) -> Iterator[MapWriter]:
    """Write a shard, which appears at `path` when it is complete; `about` becomes its attributes.

    The file is built in memory (some 5 kB for each photo): HDF5 would crash the process when the
    disk is full.
    """
    with (
        atomic(path) as temporary,
        h5py.File(temporary, "w", libver="latest", driver="core", backing_store=False) as file,
    ):
        file.attrs.update(about, format=FORMAT)
        yield MapWriter(file)
        file.flush()
        temporary.write_bytes(file.id.get_file_image())


class MapReader:
    """Reads the score map of a photo id from any number of shards.

    The first read looks into all shards, one after the other. Then at most OPEN are open at a time.
    From the first read on a reader must stay in its process.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self._paths = [Path(p) for p in paths]
        self._places: dict[str, Path] | None = None
        self._open: dict[Path, h5py.File] = {}

    def __getitem__(self, photo_id: str) -> ScoreMap:
        """The map; UserError if it is missing or damaged."""
        path = self._find(photo_id)
        try:
            item = _read_map(self._file(path)[photo_id])
        except DAMAGED as error:
            raise UserError(
                f"score map of photo {photo_id} in {path} is damaged ({error}); {way_out(path)}"
            )
        if (
            item.kind not in get_args(MapKind)
            or item.scores.ndim != 3
            or item.labels.shape != item.scores.shape[:1]
        ):
            raise UserError(
                f"score map of photo {photo_id} in {path} is not valid (kind "
                f"{item.kind}, scores {item.scores.shape}, labels {item.labels.shape}); "
                f"{way_out(path)}"
            )
        return item

    def _find(self, photo_id: str) -> Path:
        """The shard that holds a photo's map; UserError where none does, or two hold one."""
        if self._places is None:
            found = ((name, path) for path in self._paths for name in _read_ids(path))
            self._places = join_places(found, "score map of photo")
        if photo_id not in self._places:
            raise UserError(
                f"no score map of photo {photo_id} in {', '.join(map(str, self._paths))}; "
                "add it, or make the files again if a stage of this program made them"
            )
        return self._places[photo_id]

    def _file(self, path: Path) -> h5py.File:
        """A shard, opened; the one that was opened first is closed for it."""
        if path not in self._open:
            if len(self._open) >= OPEN:
                self._open.pop(next(iter(self._open))).close()
            self._open[path] = h5py.File(require_file(path), "r", locking=False)
        return self._open[path]


def _read_map(group: h5py.Group) -> ScoreMap:
    """The map in a group; ValueError for one whose values cannot be right."""
    height, width = group.attrs["size"]
    covered = group.attrs.get("covered")
    item = ScoreMap(
        str(group.attrs["kind"]),  # type: ignore[arg-type]
        group.attrs["labels"].astype(np.int64),
        _read_scores(group),
        (int(height), int(width)),
        None if covered is None else (float(covered[0]), float(covered[1])),
    )
    _check_values(item)
    return item


def _read_scores(group: h5py.Group) -> np.ndarray:
    """The scores in a group, float32. ValueError for those that are elsewhere, were never written,
    or would not fit into memory: HDF5 itself reads other files, and fills in what is missing.
    """
    scores = group["scores"]
    if not _is_own(group, "scores") or scores.is_virtual or scores.external:
        raise ValueError("its scores are in another file")
    if scores.size and not scores.id.get_storage_size():
        raise ValueError("its scores were never written")
    if scores.size > LARGEST:
        raise ValueError(f"its scores have the shape {scores.shape}")
    values: np.ndarray = scores[()].astype(np.float32)
    return values


def _check_values(item: ScoreMap) -> None:
    """ValueError where scores are not finite or out of their range, labels are none or repeat, or
    sizes are none.
    """
    fault = _fault_of(item.kind, item.scores)
    if fault:
        raise ValueError(fault)
    labels = item.labels.tolist()
    if len(set(labels)) < len(labels) or not all(0 <= label < IGNORE for label in labels):
        raise ValueError(f"its labels are {labels[:5]}")
    if min(item.size) < 1:
        raise ValueError(f"its photo has the size {item.size}")
    cells = item.covered or item.scores.shape[1:]
    if not all(0 < part <= side for part, side in zip(cells, item.scores.shape[1:])):
        raise ValueError(f"its photo covers {cells} cells")


def _fault_of(kind: str, scores: np.ndarray) -> str:
    """What is wrong with the scores of a map; "" for nothing."""
    if not scores.size:
        return ""
    low, high = float(scores.min()), float(scores.max())  # nan, where any score is nan
    if not np.isfinite([low, high]).all():
        return "a score is not finite"
    if low < -ROUNDING:
        return f"a score is {low:.3g}, but the least is 0"
    if kind == "cam" and high > 1 + ROUNDING:
        return f"a score is {high:.3g}, but the largest of a class map is 1"
    return ""


def _read_ids(path: Path) -> list[str]:
    """The ids of the photos in a shard; UserError if it is damaged or of a later version."""
    try:
        with h5py.File(require_file(path), "r", locking=False) as file:
            groups, version = dict(file.items()), int(file.attrs.get("format", FORMAT))
            bad = [name for name, group in groups.items() if not _is_group(file, name, group)]
    except DAMAGED as error:
        raise UserError(f"score maps {path} cannot be read ({error}); {way_out(path)}")
    if version > FORMAT:
        raise UserError(
            f"score maps {path} have format {version}, this version reads up to {FORMAT}; use the "
            f"version that wrote them, or {way_out(path)}"
        )
    if bad:
        raise UserError(f"score map of photo {bad[0]} in {path} is damaged; {way_out(path)}")
    return list(groups)


def _is_group(file: h5py.File, name: str, found: object) -> bool:
    return isinstance(found, h5py.Group) and _is_own(file, name)


def _is_own(group: h5py.Group, name: str) -> bool:
    """Whether what a group has under a name is in it, and no link, which may lead anywhere."""
    return isinstance(group.get(name, getlink=True), h5py.HardLink)
