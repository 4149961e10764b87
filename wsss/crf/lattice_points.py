"""Finds the points of the permutohedral lattice around the pixels of a photo (Adams, Baek and Davis
2010), compiled.

A pixel has D features. They are *elevated*, that is, mapped onto the hyperplane of D + 1
coordinates that sum to 0. There the pixel lies in a simplex, whose corners are lattice points. A
point's *key* packs its first D coordinates, of BITS bits each, into one integer. A hash table with
open addressing maps keys to point numbers; 0 means that a slot is empty.
"""

import numba
import numpy as np

D = 5
"""number of features: x, y, r, g, b"""
CORNERS = D + 1
BITS = 12
"""bits of a coordinate in a key; the last coordinate is not stored, it is minus the others' sum"""
HALF = 1 << (BITS - 1)
"""added to coordinates in a key, so that they are not negative"""


@numba.njit(cache=True, fastmath=True, nogil=True)
def lattice_points(photo, deviation_xy, deviation_rgb, size):  # type: ignore[no-untyped-def]
    """The corners (N, 6) and weights (N, 6) of the pixels, and the keys (M,) of all points.

    `photo` is uint8 (H, W, 3). `size` is that of the hash table, a power of 2. If points would fill
    more than half of the table, the result has no keys. keys[0] is of the dummy point 0.
    Neighbouring pixels often share corners, so those of the last pixel are tried before the table.
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
            if r:  # the next corner: all coordinates plus 1, and one of them minus D + 1
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


@numba.njit(cache=True, nogil=True)
def lattice_neighbours(keys, size):  # type: ignore[no-untyped-def]
    """The next and the previous point of each point along each axis, int32 (6, M, 2); 0 if missing.

    `keys` (M,) are those of `lattice_points`, `size` is the size of the hash table.
    """
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


@numba.njit(cache=True, nogil=True)
def _find(table, keys, key, mask):  # type: ignore[no-untyped-def]
    """The slot of a key in the table: the one that holds it, or else the empty one to put it in.

    `mask` is the table's size minus 1.
    """
    slot = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
    while table[slot] != 0 and keys[table[slot]] != key:
        slot = (slot + 1) & mask
    return slot


@numba.njit(cache=True, nogil=True)
def _ones():  # type: ignore[no-untyped-def]
    """What to add to a key to add 1 to all coordinates."""
    ones = np.uint64(0)
    for j in range(D):
        ones += np.uint64(1) << np.uint64(BITS * j)
    return ones


@numba.njit(cache=True, nogil=True)
def _scales(deviation_xy, deviation_rgb):  # type: ignore[no-untyped-def]
    """The factor of each feature, float32 (D,), by which the blur has the given deviations."""
    scale = np.empty(D, np.float32)
    for j in range(D):
        deviation = deviation_xy if j < 2 else deviation_rgb
        scale[j] = np.sqrt(2.0 / 3.0) * (D + 1) / np.sqrt((j + 1.0) * (j + 2.0)) / deviation
    return scale


@numba.njit(cache=True, fastmath=True, nogil=True)
def _elevate(photo, y, x, scale, elevated):  # type: ignore[no-untyped-def]
    """Write the elevated features x, y, r, g, b of a pixel into `elevated` (D + 1,)."""
    total = np.float32(0)
    for j in range(D, 0, -1):
        f = np.float32(x if j == 1 else y if j == 2 else photo[y, x, j - 3]) * scale[j - 1]
        elevated[j] = total - j * f
        total += f
    elevated[0] = total


@numba.njit(cache=True, fastmath=True, nogil=True)
def _nearest(elevated, near, rank, who):  # type: ignore[no-untyped-def]
    """Find the nearest point whose coordinates are multiples of D + 1 and sum to 0.

    It is written into `near`, and the difference to it remains in `elevated`. `rank` gets the rank
    of each coordinate of the difference, 0 the largest; `who` gets the coordinate of each rank.
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
    # the coordinates that were rounded furthest are moved, so that the sum is 0
    for j in range(D + 1):
        rank[j] += away
        moved = (D + 1) * ((rank[j] < 0) - (rank[j] > D))
        rank[j] += moved
        near[j] += moved
        elevated[j] -= moved
        who[rank[j]] = j


@numba.njit(cache=True, fastmath=True, nogil=True)
def _shares(elevated, near, rank, share):  # type: ignore[no-untyped-def]
    """Write the barycentric weights of a pixel's D + 1 corners into `share`; returns the key of the
    first corner, `near`.
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
