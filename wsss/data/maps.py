"""Score maps: the per-class maps of a photo on a coarse grid, many photos to one HDF5 file (a
shard).

A map says what it is. `cam`: one channel for each tag, maximum 1, no background. `prob`: background
and the tags; their shares of the sum are probabilities. The scores are stored, not the shares:
scores can be interpolated, and ratios of interpolated scores keep borders where they are. Stored as
float16, compressed, with check sums, present classes only.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import h5py
import numpy as np

from wsss.run.errors import UserError
from wsss.run.files import atomic

Kind = Literal["cam", "prob"]
FORMAT = 2
"""of a shard; 1 held the shares of `prob` maps. A shard of a later format is not called damaged"""
DAMAGED = (OSError, KeyError, RuntimeError, TypeError, ValueError, AttributeError, IndexError)
"""what h5py raises for files that are not what they seem"""


@dataclass(frozen=True)
class ScoreMap:
    """Scores float32 (K, h, w) of the label ids `labels` (K,), of a photo that is `size` = (H, W)
    pixels.

    `covered` is how many rows and columns of cells the photo takes: 93.75 of 94 where cells are 4
    pixels and the photo 375. None is all of them.
    """

    kind: Kind
    labels: np.ndarray
    scores: np.ndarray
    size: tuple[int, int]
    covered: tuple[float, float] | None = None


class MapWriter:
    """Adds maps to an open shard; made by `map_writer`."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file

    def add(self, photo_id: str, item: ScoreMap) -> None:
        """Store one photo's map. A map with values that are not finite is refused."""
        if not np.isfinite(item.scores).all():
            raise UserError(
                f"score map of photo {photo_id} holds values that are not finite; "
                "the network that made it has diverged: lower its lr and train again"
            )
        group = self._file.create_group(photo_id)
        compress: dict[str, Any] = (
            {"compression": "lzf", "shuffle": True, "fletcher32": True} if item.scores.size else {}
        )
        group.create_dataset("scores", data=item.scores.astype(np.float16), **compress)
        group.attrs.update(kind=item.kind, labels=item.labels.astype(np.int16), size=item.size)
        if item.covered is not None:
            group.attrs["covered"] = item.covered


@contextmanager
def map_writer(path: str | Path, **about: Any) -> Iterator[MapWriter]:
    """Write a shard that appears under its name only when whole; `about` is kept in the file's
    attributes.

    It is put together in memory (some 5 kB a photo): HDF5 crashes the process when the disk that it
    writes to fills.
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
    """Gives the map of a photo id out of any number of shards.

    Files open on first use: make one in each process.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self._paths = [Path(p) for p in paths]
        self._groups: dict[str, h5py.Group] | None = None

    def __getitem__(self, photo_id: str) -> ScoreMap:
        if self._groups is None:
            self._groups = {}
            for path in self._paths:
                self._groups |= _groups_of(path)
        if photo_id not in self._groups:
            raise UserError(
                f"no score map of photo {photo_id} in {', '.join(map(str, self._paths))}; "
                "delete these files and rerun"
            )
        group = self._groups[photo_id]
        try:
            item = _read_map(group)
        except DAMAGED as error:
            raise UserError(
                f"score map of photo {photo_id} in {group.file.filename} is damaged ({error}); "
                "delete the file and rerun"
            )
        if (
            item.kind not in get_args(Kind)
            or item.scores.ndim != 3
            or item.labels.shape != item.scores.shape[:1]
        ):
            raise UserError(
                f"score map of photo {photo_id} in {group.file.filename} is not one: kind "
                f"{item.kind}, scores "
                f"{item.scores.shape}, labels {item.labels.shape}; delete the file and rerun"
            )
        return item


def _read_map(group: h5py.Group) -> ScoreMap:
    height, width = group.attrs["size"]
    covered = group.attrs.get("covered")
    return ScoreMap(
        str(group.attrs["kind"]),  # type: ignore[arg-type]
        group.attrs["labels"].astype(np.int64),
        group["scores"][()].astype(np.float32),
        (int(height), int(width)),
        None if covered is None else (float(covered[0]), float(covered[1])),
    )


def _groups_of(path: Path) -> dict[str, h5py.Group]:
    try:
        file = h5py.File(path, "r", locking=False)
        found, made_by = dict(file.items()), int(file.attrs.get("format", FORMAT))
    except DAMAGED as error:
        raise UserError(f"score maps {path} cannot be read ({error}); delete the file and rerun")
    if made_by > FORMAT:
        raise UserError(
            f"score maps {path} have format {made_by}, this version reads up to {FORMAT}; use the "
            "version that "
            "made them, or make them again"
        )
    broken = next(
        (name for name, group in found.items() if not isinstance(group, h5py.Group)), None
    )
    if broken is not None:
        raise UserError(
            f"score map of photo {broken} in {path} is damaged; delete the file and rerun"
        )
    return found
