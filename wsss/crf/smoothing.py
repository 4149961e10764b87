"""The smoothness kernel of the dense CRF: a Gaussian in position alone, filtered as its two
one-dimensional halves, compiled.

Values of several labels lie side by side, so that one row of a photo is one run of memory.
"""

from dataclasses import dataclass

import numba
import numpy as np

REACH = 3.5
"""deviations after which the kernel is cut off; what lies beyond weighs 0.05 %"""


@dataclass(frozen=True)
class Smoothing:
    """The kernel for photos of one size."""

    kernel: np.ndarray
    """float32 (4 n + 1,): the middle of the one-dimensional kernel, then one of its sides"""
    scale: np.ndarray
    """float32 (H, W): one over the root of each pixel's sum of the kernel"""

    def filter(self, values: np.ndarray) -> np.ndarray:
        """D^-1/2 G D^-1/2 of values float32 (H W, K)."""
        height, width = self.scale.shape
        smooth: np.ndarray = _smooth(values.reshape(height, width, -1), self.kernel, self.scale)
        return smooth.reshape(values.shape)


def make_smoothing(size: tuple[int, int], deviation: float) -> Smoothing:
    """The kernel of a deviation in pixels for photos of (H, W)."""
    offsets = np.arange(4 * int(np.ceil(REACH * deviation / 4)) + 1)
    kernel = np.exp(-0.5 * (offsets / deviation) ** 2).astype(np.float32)
    sums = np.outer(_sums(kernel, size[0]), _sums(kernel, size[1]))
    return Smoothing(kernel, (1 / np.sqrt(sums)).astype(np.float32))


def _sums(kernel: np.ndarray, length: int) -> np.ndarray:
    """The sum of the one-dimensional kernel around each of `length` places, cut off at the ends."""
    whole = np.concatenate([kernel[:0:-1], kernel])
    return np.convolve(np.ones(length), whole)[len(kernel) - 1 : len(kernel) - 1 + length]


@numba.njit(cache=True, fastmath=True)
def _smooth(q, kernel, scale):  # type: ignore[no-untyped-def]
    """D^-1/2 G D^-1/2 q for q (H, W, K): along rows, then along columns."""
    return _along_columns(_along_rows(q, kernel, scale), kernel, scale)


@numba.njit(cache=True, fastmath=True)
def _along_rows(q, kernel, scale):  # type: ignore[no-untyped-def]
    """Rows of q, scaled and filtered: ((H + 2 reach), W K), 0 in `reach` rows above and below."""
    height, width, labels = q.shape
    length, reach = width * labels, len(kernel) - 1
    rows = np.zeros((height + 2 * reach, length), np.float32)
    padded = np.zeros(length + 2 * reach * labels, np.float32)
    start = reach * labels
    for y in range(height):
        for x in range(width):
            for k in range(labels):
                padded[start + x * labels + k] = q[y, x, k] * scale[y, x]
        _add_both_sides(rows[y + reach], kernel, padded, start, labels)
    return rows


@numba.njit(cache=True, fastmath=True)
def _along_columns(rows, kernel, scale):  # type: ignore[no-untyped-def]
    """The columns of what `_along_rows` gives, filtered and scaled: (H, W, K)."""
    height, width = scale.shape
    length, reach = rows.shape[1], len(kernel) - 1
    labels = length // width
    out = np.empty((height, length), np.float32)
    source = rows.reshape(-1)
    for y in range(height):
        _add_both_sides(out[y], kernel, source, (y + reach) * length, length)
        for x in range(width):
            for k in range(labels):
                out[y, x * labels + k] *= scale[y, x]
    return out.reshape(height, width, labels)


@numba.njit(cache=True, fastmath=True)
def _add_both_sides(target, kernel, source, middle, step):  # type: ignore[no-untyped-def]
    """The one-dimensional kernel over `source`: the run of values that begins at `middle`, and
    those that begin `step` further and further before and after it.

    Eight runs are added at a time, so that the target is read and written a fourth as often.
    """
    for i in range(len(target)):
        target[i] = kernel[0] * source[middle + i]
    for t in range(1, len(kernel) - 1, 4):
        w0, w1, w2, w3 = kernel[t], kernel[t + 1], kernel[t + 2], kernel[t + 3]
        after, before = middle + t * step, middle - t * step
        a, e = source[after:], source[before:]
        b, f = source[after + step :], source[before - step :]
        c, g = source[after + 2 * step :], source[before - 2 * step :]
        d, h = source[after + 3 * step :], source[before - 3 * step :]
        for i in range(len(target)):
            target[i] += (
                w0 * (a[i] + e[i]) + w1 * (b[i] + f[i]) + w2 * (c[i] + g[i]) + w3 * (d[i] + h[i])
            )
