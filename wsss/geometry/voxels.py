"""The points of a scene: one for each voxel, at the mean of the pixels in it.

Photos are added one by one. Of each only the sums by voxel are kept, so memory grows with the size
of the scene, not with the number of pixels.
"""

from typing import NamedTuple

import numpy as np

from wsss.run.errors import UserError

BITS = 21
"""bits of a voxel's number along each axis, in a key of 63 bits"""
HALF = 1 << (BITS - 1)
MOST_ROWS = 1_000_000
"""rows of sums that wait to be joined"""


class Points(NamedTuple):
    """The points of a scene, in the order of their voxels."""

    places: np.ndarray
    """float32 (N, 3), metres in the world"""
    colours: np.ndarray
    """uint8 (N, 3)"""


class Voxels:
    """Collects the sums of the voxels of `side` metres."""

    def __init__(self, side: float) -> None:
        self._side = side
        self._keys: list[np.ndarray] = []
        self._sums: list[np.ndarray] = []

    def add(self, places: np.ndarray, colours: np.ndarray) -> None:
        """Add the points (N, 3) of a photo with their colours, uint8 (N, 3)."""
        values = np.concatenate([np.ones((len(places), 1)), places, colours], axis=1)
        keys, sums = _join(voxel_keys(places, self._side), values)
        self._keys.append(keys)
        self._sums.append(sums)
        if sum(map(len, self._keys)) > MOST_ROWS:
            self._shrink()

    def _shrink(self) -> None:
        """Join the sums of all photos so far."""
        keys, sums = _join(np.concatenate(self._keys), np.concatenate(self._sums))
        self._keys, self._sums = [keys], [sums]

    def points(self) -> Points:
        """The points so far."""
        if not self._keys:
            return Points(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint8))
        self._shrink()
        means = self._sums[0][:, 1:] / self._sums[0][:, :1]
        return Points(means[:, :3].astype(np.float32), np.rint(means[:, 3:]).astype(np.uint8))


def voxel_keys(places: np.ndarray, side: float) -> np.ndarray:
    """The voxel of each point (N, 3) as one number, int64 (N,).

    UserError for a point so far away that its voxel has no number.
    """
    cells = np.floor(places / side).astype(np.int64) + HALF
    if cells.size and (cells.min() < 0 or cells.max() >= 2 * HALF):
        raise UserError(
            f"a point is {np.abs(places).max():,.0f} m from the origin, too far for voxels of "
            f"{side} m; check the poses, or set a larger cloud.voxel"
        )
    packed: np.ndarray = (cells[:, 0] << 2 * BITS) | (cells[:, 1] << BITS) | cells[:, 2]
    return packed


def _join(keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different keys in their order, and the sum of the rows of `values` of each."""
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1)) if len(keys) else np.zeros(0, np.int64)
    return keys[first], np.add.reduceat(values, first) if len(first) else values
