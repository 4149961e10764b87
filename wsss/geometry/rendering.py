"""Projects points into photos with a z-buffer, compiled (docs/methods.md#projection).

A point covers the cells of its voxel in the photo. Of the points in a cell only those at its front
count.
"""

from typing import NamedTuple

import numba
import numpy as np

from wsss.data.camera import Camera
from wsss.geometry.projection_settings import ProjectionSettings
from wsss.geometry.views import View


class Front(NamedTuple):
    """What is in front, by cells of a grid (h, w)."""

    scores: np.ndarray
    """float32 (K, h, w), 0 where nothing is known"""
    known: np.ndarray
    """bool (h, w)"""


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
    at = coarse.project(places)
    ahead = np.flatnonzero(at.depth > voxel)
    # those that reach into the grid
    reach = np.maximum(voxel * coarse.camera.fx / at.depth[ahead] / 2, 0.5)
    inside = _overlaps(at.across[ahead], reach, coarse.size[1])
    inside &= _overlaps(at.down[ahead], reach, coarse.size[0])
    kept = ahead[inside]
    drawn = [values[kept].astype(np.float32) for values in (at.across, at.down, at.depth)]
    front = np.full(coarse.size, np.inf, np.float32)
    _nearest(*drawn, reach[inside].astype(np.float32), front)
    if depth is not None:
        own = depth[settings.stride // 2 :: settings.stride, settings.stride // 2 :: settings.stride]
        own = _fit(own, coarse.size)
        front = np.where(own > 0, own, front)
    summed = np.zeros((*coarse.size, scores.shape[1]), np.float32)
    count = np.zeros(coarse.size, np.int32)
    _collect(
        *drawn,
        reach[inside].astype(np.float32),
        np.ascontiguousarray(scores[kept], np.float32),
        front,
        (settings.within, settings.within_share),
        settings.combine == "max",
        summed,
        count,
    )
    divisor = np.ones_like(count) if settings.combine == "max" else np.maximum(count, 1)
    means = (summed / divisor[..., None]).transpose(2, 0, 1)
    return Front(means, count > 0)


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


def _fit(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A grid that may lack the last row or column, at `size`; 0 (missing) there."""
    missing = size[0] - values.shape[0], size[1] - values.shape[1]
    return np.pad(values, ((0, missing[0]), (0, missing[1])))


@numba.njit(cache=True, nogil=True)
def _span(middle, reach, length):  # type: ignore[no-untyped-def]
    """The first cell whose centre is within `reach` of `middle`, and the one after the last."""
    first = max(0, int(np.ceil(middle - reach)))
    return first, min(length, int(np.floor(middle + reach)) + 1)


@numba.njit(cache=True, nogil=True)
def _nearest(across, down, depth, reach, front):  # type: ignore[no-untyped-def]
    """Set each cell of `front` (h, w) to the depth of the nearest point that covers it."""
    for n in range(len(across)):
        top, bottom = _span(down[n], reach[n], front.shape[0])
        left, right = _span(across[n], reach[n], front.shape[1])
        for y in range(top, bottom):
            for x in range(left, right):
                front[y, x] = min(front[y, x], depth[n])


@numba.njit(cache=True, nogil=True)
def _collect(across, down, depth, reach, scores, front, within, largest, summed, count):  # type: ignore[no-untyped-def]
    """Add the scores of the points at the front of each cell to `summed` (h, w, K), or take the
    largest, and count them.
    """
    for n in range(len(across)):
        top, bottom = _span(down[n], reach[n], front.shape[0])
        left, right = _span(across[n], reach[n], front.shape[1])
        for y in range(top, bottom):
            for x in range(left, right):
                limit = max(within[0], within[1] * front[y, x])
                if abs(depth[n] - front[y, x]) > limit:
                    continue
                count[y, x] += 1
                for k in range(scores.shape[1]):
                    if largest:
                        summed[y, x, k] = max(summed[y, x, k], scores[n, k])
                    else:
                        summed[y, x, k] += scores[n, k]
