"""Projects points into photos with a z-buffer, compiled (docs/methods.md#projection).

A point covers the cells that its voxel, which it may be at any side of, can cover in the photo. Of
the points in a cell only those at its front count.
"""

from typing import NamedTuple

import numba
import numpy as np

from wsss.data.camera import Camera
from wsss.geometry.projection_settings import ProjectionSettings
from wsss.geometry.views import View

DIAGONAL = 3**0.5 / 2
"""half of a cube's diagonal, by its side"""


class Front(NamedTuple):
    """What is in front, by cells of a grid (h, w)."""

    scores: np.ndarray
    """float32 (K, h, w), 0 where nothing is known"""
    known: np.ndarray
    """bool (h, w)"""


class Squares(NamedTuple):
    """The squares of cells that points cover, float32 (M,) each."""

    across: np.ndarray
    down: np.ndarray
    depth: np.ndarray
    reach: np.ndarray
    """half of the side"""


def render(
    view: View,
    places: np.ndarray,
    scores: np.ndarray,
    voxel: float,
    depth: np.ndarray | None,
    settings: ProjectionSettings,
) -> Front:
    """The scores (N, K) of points at `places` (N, 3), seen in a photo, on its grid of cells.

    `depth` (H, W) in metres is the photo's own, or None. Cells without a point in front are not
    known. `voxel` is the side of what a point stands for, in metres.
    """
    coarse = coarse_view(view, settings.stride)
    kept, squares = _squares(coarse, places, voxel)
    front = _nearest_depth(squares, coarse.size, depth, settings.stride)
    summed = np.zeros((*coarse.size, scores.shape[1]), np.float32)
    count = np.zeros(coarse.size, np.int32)
    shown = np.ascontiguousarray(scores[kept], np.float32)
    within, largest = (settings.within, settings.within_share), settings.combine == "max"
    _collect(squares, shown, front, within, largest, summed, count)
    divisor = np.ones_like(count) if largest else np.maximum(count, 1)
    return Front((summed / divisor[..., None]).transpose(2, 0, 1), count > 0)


def _squares(coarse: View, places: np.ndarray, voxel: float) -> tuple[np.ndarray, Squares]:
    """The points that reach into a photo, as positions (M,), and their squares; no square is
    smaller than a cell.
    """
    at = coarse.project(places)
    ahead = np.flatnonzero(at.depth > voxel)
    reach = np.maximum(DIAGONAL * voxel * coarse.camera.fx / at.depth[ahead], 0.5)
    inside = _overlaps(at.across[ahead], reach, coarse.size[1])
    inside &= _overlaps(at.down[ahead], reach, coarse.size[0])
    kept = ahead[inside]
    values = (at.across[kept], at.down[kept], at.depth[kept], reach[inside])
    return kept, Squares(*(value.astype(np.float32) for value in values))


def _nearest_depth(
    squares: Squares, size: tuple[int, int], depth: np.ndarray | None, stride: int
) -> np.ndarray:
    """The depth of the nearest point of each cell, float32 `size`; the photo's own where it is
    known; infinite without a point.
    """
    front = np.full(size, np.inf, np.float32)
    _nearest(squares, front)
    if depth is None:
        return front
    own = np.zeros(size, np.float32)
    middles = depth[stride // 2 :: stride, stride // 2 :: stride]
    own[: middles.shape[0], : middles.shape[1]] = middles
    return np.where(own > 0, own, front)


def coarse_view(view: View, stride: int) -> View:
    """The view with cells of `stride` pixels as its pixels."""
    size = -(-view.size[0] // stride), -(-view.size[1] // stride)
    camera = view.camera
    return View(
        Camera(
            camera.fx / stride,
            camera.fy / stride,
            (camera.cx + 0.5) / stride - 0.5,
            (camera.cy + 0.5) / stride - 0.5,
            camera.unit,
            camera.missing,
        ),
        view.pose,
        size,
    )


def _overlaps(middle: np.ndarray, reach: np.ndarray, length: int) -> np.ndarray:
    """Whether squares around `middle` reach into 0 .. length - 1, bool (N,)."""
    found: np.ndarray = (middle + reach >= -0.5) & (middle - reach <= length - 0.5)
    return found


@numba.njit(cache=True, nogil=True)
def _span(middle, reach, length):  # type: ignore[no-untyped-def]
    """The first cell whose centre is within `reach` of `middle`, and the one after the last."""
    first = max(0, int(np.ceil(middle - reach)))
    return first, min(length, int(np.floor(middle + reach)) + 1)


@numba.njit(cache=True, nogil=True)
def _nearest(squares, front):  # type: ignore[no-untyped-def]
    """Set each cell of `front` (h, w) to the depth of the nearest point that covers it."""
    for n in range(len(squares.depth)):
        top, bottom = _span(squares.down[n], squares.reach[n], front.shape[0])
        left, right = _span(squares.across[n], squares.reach[n], front.shape[1])
        for y in range(top, bottom):
            for x in range(left, right):
                front[y, x] = min(front[y, x], squares.depth[n])


@numba.njit(cache=True, nogil=True)
def _collect(  # type: ignore[no-untyped-def]
    squares, scores, front, within, largest, summed, count
):
    """Add the scores of the points at the front of each cell to `summed` (h, w, K), or take the
    largest, and count them.
    """
    for n in range(len(squares.depth)):
        top, bottom = _span(squares.down[n], squares.reach[n], front.shape[0])
        left, right = _span(squares.across[n], squares.reach[n], front.shape[1])
        for y in range(top, bottom):
            for x in range(left, right):
                limit = max(within[0], within[1] * front[y, x])
                if abs(squares.depth[n] - front[y, x]) > limit:
                    continue
                count[y, x] += 1
                for k in range(scores.shape[1]):
                    score = scores[n, k]
                    summed[y, x, k] = (
                        max(summed[y, x, k], score) if largest else summed[y, x, k] + score
                    )
