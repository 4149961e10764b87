"""Which points of a scene a photo sees: those in it whose depth is the photo's.

Points lie in blocks of space. Only blocks that may be in the photo are projected, so the time of a
photo grows with what it sees, not with the scene.
"""

from typing import NamedTuple

import numpy as np

from wsss.geometry.views import NEAR, View

BLOCK = 1.0
"""side of a block in metres"""
AROUND = BLOCK * 3**0.5 / 2
"""half of a block's diagonal"""


class Seen(NamedTuple):
    """The points that a photo sees."""

    points: np.ndarray
    """numbers of points, int32 (M,)"""
    pixels: np.ndarray
    """the pixel of each, int32 (M,), as row * W + column"""


class Blocks:
    """The points of a scene, float32 (N, 3), by blocks of space."""

    def __init__(self, places: np.ndarray) -> None:
        self.places = places
        cells = np.floor(places / BLOCK).astype(np.int64)
        found, self._block = np.unique(cells, axis=0, return_inverse=True)
        self._block = self._block.ravel()
        self._order = np.argsort(self._block, kind="stable")
        self._starts = np.searchsorted(self._block[self._order], np.arange(len(found) + 1))
        self._middles = (found + 0.5) * BLOCK

    def near(self, view: View, farthest: float) -> np.ndarray:
        """Numbers, in their order, of points that may be in a photo and nearer than `farthest`."""
        wanted = np.flatnonzero(_may_show(view, self._middles, farthest))
        parts = [self._order[self._starts[n] : self._starts[n + 1]] for n in wanted]
        return np.sort(np.concatenate(parts)) if parts else np.zeros(0, np.int64)


def _may_show(view: View, middles: np.ndarray, farthest: float) -> np.ndarray:
    """Whether some point of each block, with these middles (B, 3), may be in a photo, bool (B,)."""
    camera, (height, width) = view.camera, view.size
    ahead = (middles - view.pose[:3, 3]) @ view.pose[:3, :3]
    shown: np.ndarray = (ahead[:, 2] > NEAR - AROUND) & (ahead[:, 2] < farthest + AROUND)
    for axis, focal, centre, length in (
        (0, camera.fx, camera.cx, width),
        (1, camera.fy, camera.cy, height),
    ):
        shown &= _inside(ahead, axis, (length - 0.5 - centre) / focal, 1)
        shown &= _inside(ahead, axis, (-0.5 - centre) / focal, -1)
    return shown


def _inside(ahead: np.ndarray, axis: int, slope: float, side: int) -> np.ndarray:
    """Whether blocks reach across the plane through the camera with this slope, bool (B,)."""
    distance = side * (slope * ahead[:, 2] - ahead[:, axis]) / np.hypot(1, slope)
    reaches: np.ndarray = distance > -AROUND
    return reaches


def find_seen(
    view: View, blocks: Blocks, depth: np.ndarray, within: float, within_share: float
) -> Seen:
    """The points that a photo with a depth map (H, W) in metres sees.

    A point is seen where its depth differs from the map's, at its pixel, by less than the larger of
    `within` metres and `within_share` of the depth. Nothing is seen where the depth is missing.
    """
    near = blocks.near(view, float(depth.max(initial=0)))
    at = view.project(blocks.places[near])
    shown, pixels = view.pixels(at)
    measured = depth.ravel()[pixels].astype(np.float64)
    limit = np.maximum(within, within_share * measured)
    agree = (measured > 0) & (np.abs(at.depth[shown] - measured) < limit)
    return Seen(near[shown[agree]].astype(np.int32), pixels[agree].astype(np.int32))
