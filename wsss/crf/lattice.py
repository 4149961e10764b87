"""Gaussian filtering in position and colour by the permutohedral lattice (Adams, Baek and Davis
2010), compiled.

Pixels are points of five coordinates (x, y, r, g, b), each divided by its deviation. The lattice
tiles this space with simplices of six corners. *Splat* adds a pixel's values to the corners of its
simplex with barycentric weights, *blur* filters the lattice along its six axes, and *slice* reads
the blurred values at the pixel with the same weights.

Pixels have a row of K values, one for each label. The loops are written out for K = 1, K = 2 and
multiples of four, which the compiler turns into vector instructions.
"""

from dataclasses import dataclass

import numba
import numpy as np

from wsss.crf.lattice_points import CORNERS, HALF, D, lattice_neighbours, lattice_points
from wsss.run.errors import UserError

ALPHA = 1 / (1 + 2.0**-D)
"""factor by which slicing makes up for the gain of the blur"""


@dataclass(frozen=True)
class Lattice:
    """The lattice of N pixels, with M points. Point 0 is a dummy for missing points; it holds 0."""

    corners: np.ndarray
    """the points at the corners of each pixel's simplex, int32 (N, 6)"""
    weights: np.ndarray
    """the weight of each corner, float32 (N, 6)"""
    neighbours: np.ndarray
    """the next and the previous point of each point along each axis, int32 (6, M, 2)"""


def make_lattice(photo: np.ndarray, deviation_xy: float, deviation_rgb: float) -> Lattice:
    """The lattice of a photo, uint8 (H, W, 3), with symmetric normalisation.

    Weights are divided by sqrt(D), where D is a pixel's row sum of the kernel K. Splat and slice
    both use the weights, so `filter_values` applies D^-1/2 K D^-1/2. UserError for deviations that
    are too small for the packed keys of lattice points.
    """
    lattice = make_plain_lattice(photo, deviation_xy, deviation_rgb)
    pixels = photo.shape[0] * photo.shape[1]
    sums = filter_values(lattice, np.ones((pixels, 1), np.float32))[:, 0]
    weights = lattice.weights / np.sqrt(sums + 1e-20)[:, None]
    return Lattice(lattice.corners, weights, lattice.neighbours)


def make_plain_lattice(photo: np.ndarray, deviation_xy: float, deviation_rgb: float) -> Lattice:
    """The lattice of a photo, uint8 (H, W, 3), without normalisation: `filter_values` applies K.

    UserError for deviations that are too small for the packed keys of lattice points.
    """
    height, width = photo.shape[:2]
    # an upper bound of the coordinates of lattice points
    largest = 6 * max(height, width) / deviation_xy + 8 * 255 / deviation_rgb
    if largest > HALF:
        raise UserError(
            f"the CRF's deviations ({deviation_xy:g} pixels, {deviation_rgb:g} colour levels) are "
            f"too small for a photo of {width} x {height} pixels; take larger ones, or backend "
            "pydensecrf"
        )
    size = 1 << max(12, int(np.ceil(np.log2(height * width))))
    while True:
        corners, weights, keys = lattice_points(
            np.ascontiguousarray(photo), deviation_xy, deviation_rgb, size
        )
        if len(keys):
            break
        size *= 2  # the hash table was too full
    return Lattice(corners, weights, lattice_neighbours(keys, size))


def pad_width(labels: int) -> int:
    """The number K of values for each pixel that `filter_values` takes: 1, 2 or a multiple of 4."""
    return labels if labels < 3 else -(-labels // 4) * 4


def filter_values(lattice: Lattice, values: np.ndarray) -> np.ndarray:
    """The normalised kernel applied to values float32 (N, K), with K from `pad_width`."""
    out, count = np.empty_like(values), values.shape[1]
    held, spare = (np.zeros((lattice.neighbours.shape[1], count), np.float32) for _ in range(2))
    by_count = {1: (_splat_one, _slice_one), 2: (_splat_two, _slice_two)}
    splat, slice_ = by_count.get(count, (_splat_fours, _slice_fours))
    splat(lattice.corners, lattice.weights, values, held)
    _blur(lattice.neighbours, held, spare)
    slice_(lattice.corners, lattice.weights, held, out)
    return out


@numba.njit(cache=True, fastmath=True, nogil=True)
def _blur(neighbours, held, spare):  # type: ignore[no-untyped-def]
    """Blur the points (M, K) in `held`: along each axis a point gets half of both its neighbours.

    `spare` is a second buffer, which takes turns with `held`. There are six axes, so the result is
    in `held`.
    """
    labels = held.shape[1]
    for axis in range(CORNERS):
        source, target = (held, spare) if axis % 2 == 0 else (spare, held)
        for i in range(1, held.shape[0]):
            up, down = neighbours[axis, i, 0], neighbours[axis, i, 1]
            for k in range(labels):
                target[i, k] = source[i, k] + np.float32(0.5) * (source[up, k] + source[down, k])


@numba.njit(cache=True, fastmath=True, nogil=True)
def _splat_one(corners, weights, values, held):  # type: ignore[no-untyped-def]
    """Add values (N, 1) of pixels to points `held` (M, 1)."""
    for n in range(len(corners)):
        a = values[n, 0]
        for r in range(CORNERS):
            held[corners[n, r], 0] += weights[n, r] * a


@numba.njit(cache=True, fastmath=True, nogil=True)
def _slice_one(corners, weights, held, out):  # type: ignore[no-untyped-def]
    """Read points `held` (M, 1) into pixels `out` (N, 1)."""
    for n in range(len(corners)):
        a = np.float32(0)
        for r in range(CORNERS):
            a += weights[n, r] * held[corners[n, r], 0]
        out[n, 0] = a * np.float32(ALPHA)


@numba.njit(cache=True, fastmath=True, nogil=True)
def _splat_two(corners, weights, values, held):  # type: ignore[no-untyped-def]
    """Add values (N, 2) of pixels to points `held` (M, 2)."""
    for n in range(len(corners)):
        a, b = values[n, 0], values[n, 1]
        for r in range(CORNERS):
            i, w = corners[n, r], weights[n, r]
            held[i, 0] += w * a
            held[i, 1] += w * b


@numba.njit(cache=True, fastmath=True, nogil=True)
def _slice_two(corners, weights, held, out):  # type: ignore[no-untyped-def]
    """Read points `held` (M, 2) into pixels `out` (N, 2)."""
    for n in range(len(corners)):
        a, b = np.float32(0), np.float32(0)
        for r in range(CORNERS):
            i, w = corners[n, r], weights[n, r]
            a += w * held[i, 0]
            b += w * held[i, 1]
        out[n, 0], out[n, 1] = a * np.float32(ALPHA), b * np.float32(ALPHA)


@numba.njit(cache=True, fastmath=True, nogil=True)
def _splat_fours(corners, weights, values, held):  # type: ignore[no-untyped-def]
    """Add values (N, K) of pixels to points `held` (M, K), four labels at a time."""
    for block in range(0, values.shape[1], 4):
        for n in range(len(corners)):
            a, b, c, d = (
                values[n, block],
                values[n, block + 1],
                values[n, block + 2],
                values[n, block + 3],
            )
            for r in range(CORNERS):
                i, w = corners[n, r], weights[n, r]
                held[i, block] += w * a
                held[i, block + 1] += w * b
                held[i, block + 2] += w * c
                held[i, block + 3] += w * d


@numba.njit(cache=True, fastmath=True, nogil=True)
def _slice_fours(corners, weights, held, out):  # type: ignore[no-untyped-def]
    """Read points `held` (M, K) into pixels `out` (N, K), four labels at a time."""
    alpha = np.float32(ALPHA)
    for block in range(0, out.shape[1], 4):
        for n in range(len(corners)):
            a, b, c, d = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            for r in range(CORNERS):
                i, w = corners[n, r], weights[n, r]
                a += w * held[i, block]
                b += w * held[i, block + 1]
                c += w * held[i, block + 2]
                d += w * held[i, block + 3]
            out[n, block], out[n, block + 1] = a * alpha, b * alpha
            out[n, block + 2], out[n, block + 3] = c * alpha, d * alpha
