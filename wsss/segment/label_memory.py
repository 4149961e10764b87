"""Remembers the online labels of photos from one time that they are made to the next
(docs/methods.md#online-labels).

A crop is made of a part of its photo, and the next one shows another part, at another scale, maybe
mirrored. So labels are kept in cells of the whole photo. What no crop has shown yet has no label.
"""

import zlib
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from wsss.data.images import IGNORE

PLANES = 2
"""what is remembered of a cell: its label, and its confidence, 255 for 1"""


class Shown(NamedTuple):
    """The labels of a crop of S x S pixels."""

    labels: Tensor
    """uint8 (S, S), IGNORE where there is none"""
    confidence: Tensor
    """float32 (S, S) in 0..1"""


class LabelMemory:
    """The labels of each photo in `side` x `side` cells, compressed; and how often they may be read
    before they are made again: `refresh` - 1 times.

    After the first time the number depends on the photo's name, so that not all photos are due in
    one epoch.
    """

    def __init__(self, side: int, refresh: int) -> None:
        self.side, self.refresh = side, refresh
        self._packed: dict[str, bytes] = {}
        self._left: dict[str, int] = {}

    def is_due(self, photo: str) -> bool:
        """Whether the labels of a photo are to be made."""
        return self._left.get(photo, 0) == 0

    def store(self, photo: str, shown: Shown, place: Tensor, again: bool = False) -> None:
        """Remember the labels of a crop, at its `place`, float32 (2, S) (wsss/training/augment.py).
        Cells that it does not show keep theirs. With `again` they are due at the next time.
        """
        if self.refresh == 1:
            return
        grid = self._unpack(photo)
        levels = (shown.confidence * 255).round().to(torch.uint8)
        paint(grid, torch.stack([shown.labels, levels]).numpy(), place.numpy())
        first = zlib.crc32(photo.encode()) % self.refresh
        left = self.refresh - 1 if photo in self._left else first
        self._left[photo] = 0 if again else left
        self._packed[photo] = zlib.compress(grid.tobytes(), 1)

    def read(self, photo: str, place: Tensor) -> Shown:
        """The labels of a crop at a place."""
        self._left[photo] -= 1
        labels, levels = look_up(self._unpack(photo), place.numpy())
        return Shown(torch.from_numpy(labels), torch.from_numpy(levels).float() / 255)

    def state(self) -> dict[str, Any]:
        """What it holds, for a checkpoint."""
        packed = {}
        for photo, values in self._packed.items():
            packed[photo] = torch.frombuffer(bytearray(values), dtype=torch.uint8)
        return {"packed": packed, "left": dict(self._left)}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue with what `state` gave."""
        self._left = dict(state["left"])
        self._packed = {}
        for photo, values in state["packed"].items():
            self._packed[photo] = values.cpu().numpy().tobytes()

    def _unpack(self, photo: str) -> np.ndarray:
        """The cells of a photo, uint8 (2, side, side); without labels for a new photo."""
        shape = (PLANES, self.side, self.side)
        if photo in self._packed:
            flat = np.frombuffer(zlib.decompress(self._packed[photo]), np.uint8)
            return flat.reshape(shape).copy()
        grid = np.zeros(shape, np.uint8)
        grid[0] = IGNORE
        return grid


def paint(grid: np.ndarray, crop: np.ndarray, place: np.ndarray) -> None:
    """Write the maps of a crop, uint8 (P, S, S), into the cells (P, side, side) that it shows, in
    place. A cell takes the pixel that is nearest to its centre.
    """
    rows, from_rows = _cells_in(place[0], grid.shape[1])
    columns, from_columns = _cells_in(place[1], grid.shape[2])
    grid[:, rows[:, None], columns] = crop[:, from_rows[:, None], from_columns]


def look_up(grid: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The maps of a crop, uint8 (P, S, S), from the cells (P, side, side) of its photo; in the
    padding IGNORE, and 0 on other planes.
    """
    rows, columns = place
    at_rows = np.clip((rows * grid.shape[1]).astype(int), 0, grid.shape[1] - 1)
    at_columns = np.clip((columns * grid.shape[2]).astype(int), 0, grid.shape[2] - 1)
    found: np.ndarray = grid[:, at_rows[:, None], at_columns]
    padding = (rows < 0)[:, None] | (columns < 0)
    found[:, padding] = 0
    found[0, padding] = IGNORE
    return found


def _cells_in(shares: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Along one side of a photo: the cells whose centres a crop shows, and for each the line of the
    crop that is nearest to it. `shares` (S,) are the places of the lines, -1 in the padding.
    """
    lines = np.flatnonzero(shares >= 0)
    places = shares[lines].astype(float)
    centres = (np.arange(side) + 0.5) / side
    half = 0.5 * (places.max() - places.min()) / max(1, len(places) - 1)
    cells = np.flatnonzero((centres >= places.min() - half) & (centres <= places.max() + half))
    nearest = np.abs(centres[cells, None] - places).argmin(axis=1)
    return cells, lines[nearest]
