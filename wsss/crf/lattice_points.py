"""The points of the permutohedral lattice around the pixels of a photo (Adams, Baek and Davis
2010), compiled.

A pixel is a point of D features. On the plane of D + 1 coordinates that sum to 0 it lies in a
simplex whose corners are lattice points; these are known by packed keys, in a hash table with open
addressing.
"""

import numba
import numpy as np

D = 5
CORNERS = D + 1
BITS = 12
"""bits of a packed key for each of the first D coordinates of a lattice point; the last is minus
their sum"""
HALF = 1 << (BITS - 1)


@numba.njit(cache=True, fastmath=True)
def lattice_points(photo, deviation_xy, deviation_rgb, size):  # type: ignore[no-untyped-def]
    """Corners, weights and the packed keys of all points; no keys when more than half of the table
    would be taken.
    """
    height, width, _ = photo.shape
    corners = np.empty((height * width, CORNERS), np.int32)
    weights = np.empty((height * width, CORNERS), np.float32)
    table, keys = np.zeros(size, np.int32), np.zeros(size // 2 + CORNERS + 1, np.uint64)
    scale, ones = _scales(deviation_xy, deviation_rgb), _ones()
    elevated, near = np.empty(D + 1, np.float32), np.empty(D + 1, np.int32)
    rank, who = np.empty(D + 1, np.int32), np.empty(D + 1, np.int32)
    share = np.empty(D + 2, np.float32)
    last_keys, last = np.zeros(CORNERS, np.uint64), np.zeros(CORNERS, np.int32)
    count = 1
    for n in range(height * width):
        y, x = n // width, n % width
        _elevate(photo, y, x, scale, elevated)
        _nearest(elevated, near, rank, who)
        key = _shares(elevated, near, rank, share)
        for r in range(CORNERS):
            if r:  # from corner to corner all coordinates grow by 1, and one falls back by D + 1
                key += ones
                if who[D + 1 - r] < D:
                    key -= np.uint64(D + 1) << np.uint64(BITS * who[D + 1 - r])
            if key != last_keys[r]:
                slot = _find(table, keys, key, size - 1)
                if table[slot] == 0:
                    table[slot], keys[count] = count, key
                    count += 1
                last_keys[r], last[r] = key, table[slot]
            corners[n, r], weights[n, r] = last[r], share[r]
        if count > size // 2:
            return corners, weights, keys[:0]
    return corners, weights, keys[:count]


@numba.njit(cache=True)
def lattice_neighbours(keys, size):  # type: ignore[no-untyped-def]
    """(6, M, 2): the points one step up and down each axis, 0 where there is none."""
    count, mask = len(keys), size - 1
    table, ones = np.zeros(size, np.int32), _ones()
    for i in range(1, count):
        table[_find(table, keys, keys[i], mask)] = i
    out = np.zeros((CORNERS, count, 2), np.int32)
    for axis in range(CORNERS):
        step = ones
        if axis < D:
            step -= np.uint64(D + 1) << np.uint64(BITS * axis)
        for i in range(1, count):
            out[axis, i, 0] = table[_find(table, keys, keys[i] + step, mask)]
            out[axis, i, 1] = table[_find(table, keys, keys[i] - step, mask)]
    return out


@numba.njit(cache=True)
def _find(table, keys, key, mask):  # type: ignore[no-untyped-def]
    """The slot of a packed key: where it is, or the empty place where it belongs (table there is
    0).
    """
    slot = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
    while table[slot] != 0 and keys[table[slot]] != key:
        slot = (slot + 1) & mask
    return slot


@numba.njit(cache=True)
def _ones():  # type: ignore[no-untyped-def]
    """The packed key of (1, 1, ..)."""
    ones = np.uint64(0)
    for j in range(D):
        ones += np.uint64(1) << np.uint64(BITS * j)
    return ones


@numba.njit(cache=True)
def _scales(deviation_xy, deviation_rgb):  # type: ignore[no-untyped-def]
    """By how much each feature is scaled, so that the lattice's blur has its standard deviation,
    float32 (D,).
    """
    scale = np.empty(D, np.float32)
    for j in range(D):
        scale[j] = (
            np.sqrt(2.0 / 3.0)
            * (D + 1)
            / np.sqrt((j + 1.0) * (j + 2.0))
            / (deviation_xy if j < 2 else deviation_rgb)
        )
    return scale


@numba.njit(cache=True, fastmath=True)
def _elevate(photo, y, x, scale, elevated):  # type: ignore[no-untyped-def]
    """A pixel's x, y, r, g, b on the plane of D + 1 coordinates that sum to 0."""
    total = np.float32(0)
    for j in range(D, 0, -1):
        f = np.float32(x if j == 1 else y if j == 2 else photo[y, x, j - 3]) * scale[j - 1]
        elevated[j] = total - j * f
        total += f
    elevated[0] = total


@numba.njit(cache=True, fastmath=True)
def _nearest(elevated, near, rank, who):  # type: ignore[no-untyped-def]
    """The nearest point whose coordinates are multiples of D + 1 and sum to 0: `near`.

    What is left of `elevated` is ranked, the largest first: coordinate `who[r]` has rank r.
    """
    away = np.int32(0)
    for j in range(D + 1):
        rounded = np.int32(np.floor(elevated[j] * np.float32(1.0 / (D + 1)) + np.float32(0.5)))
        near[j] = rounded * (D + 1)
        away += rounded
        elevated[j] -= near[j]
        rank[j] = 0
    for i in range(D):
        for j in range(i + 1, D + 1):
            if elevated[i] < elevated[j]:
                rank[i] += 1
            else:
                rank[j] += 1
    for j in range(
        D + 1
    ):  # the sum is brought back to 0 by moving those that were rounded furthest
        rank[j] += away
        moved = (D + 1) * ((rank[j] < 0) - (rank[j] > D))
        rank[j] += moved
        near[j] += moved
        elevated[j] -= moved
        who[rank[j]] = j


@numba.njit(cache=True, fastmath=True)
def _shares(elevated, near, rank, share):  # type: ignore[no-untyped-def]
    """The barycentric weights of the D + 1 corners around a pixel, and the packed key of the first
    corner.
    """
    share[:] = 0
    key = np.uint64(0)
    for j in range(D + 1):
        v = elevated[j] * np.float32(1.0 / (D + 1))
        share[D - rank[j]] += v
        share[D + 1 - rank[j]] -= v
        if j < D:
            key |= np.uint64(near[j] + HALF) << np.uint64(BITS * j)
    share[0] += np.float32(1) + share[D + 1]
    return key
