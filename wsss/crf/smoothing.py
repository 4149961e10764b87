"""The smoothness kernel of the dense CRF: a separable Gaussian in position, compiled.

The values of a pixel's labels are adjacent in memory, so a row of a photo is one run of values.
"""

from dataclasses import dataclass

import numba
import numpy as np

REACH = 3.5
"""deviations at which the kernel is cut off; the rest has 0.05 % of the weight"""


@dataclass(frozen=True)
class Smoothing:
    """The kernel for photos of one size."""

    kernel: np.ndarray
    """float32 (4 n + 1,): the one-dimensional kernel from its middle to its end"""
    scale: np.ndarray
    """D^-1/2, float32 (H, W), where D is each pixel's row sum of the kernel"""

    def filter(self, values: np.ndarray) -> np.ndarray:
        """D^-1/2 G D^-1/2 applied to values float32 (H W, K); G is the Gaussian kernel."""
        height, width = self.scale.shape
        smooth: np.ndarray = _smooth(values.reshape(height, width, -1), self.kernel, self.scale)
        return smooth.reshape(values.shape)


def make_smoothing(size: tuple[int, int], deviation: float) -> Smoothing:
    """The kernel for photos of `size` (H, W); `deviation` is in pixels."""
    offsets = np.arange(4 * int(np.ceil(REACH * deviation / 4)) + 1)
    kernel = np.exp(-0.5 * (offsets / deviation) ** 2).astype(np.float32)
    sums = np.outer(_sums(kernel, size[0]), _sums(kernel, size[1]))
    return Smoothing(kernel, (1 / np.sqrt(sums)).astype(np.float32))


def _sums(kernel: np.ndarray, length: int) -> np.ndarray:
    """The row sums, (length,), of the one-dimensional kernel on a line of `length` pixels."""
    both_sides = np.concatenate([kernel[:0:-1], kernel])
    return np.convolve(np.ones(length), both_sides)[len(kernel) - 1 : len(kernel) - 1 + length]


@numba.njit(cache=True, fastmath=True, nogil=True)
def _smooth(q, kernel, scale):  # type: ignore[no-untyped-def]
    """D^-1/2 G D^-1/2 applied to q (H, W, K): along rows, then along columns."""
    return _along_columns(_along_rows(q, kernel, scale), kernel, scale)


@numba.njit(cache=True, fastmath=True, nogil=True)
def _along_rows(q, kernel, scale):  # type: ignore[no-untyped-def]
    """Scale q and filter it along rows: (H + 2 reach, W K), `reach` rows of 0 above and below."""
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


@numba.njit(cache=True, fastmath=True, nogil=True)
def _along_columns(rows, kernel, scale):  # type: ignore[no-untyped-def]
    """Filter the result of `_along_rows` along columns, and scale it: (H, W, K)."""
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


@numba.njit(cache=True, fastmath=True, nogil=True)
def _add_both_sides(target, kernel, source, middle, step):  # type: ignore[no-untyped-def]
    """Apply the one-dimensional kernel to a run of values, all at once.

    target = kernel[0] source[middle:] + sum over t of kernel[t] (source[middle + t step:] +
    source[middle - t step:]). Four t are added in one pass, so that `target` is read and written
    less often.
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
