"""Mean field of the dense CRF at a photo's size (docs/methods.md#dense-crf), on one core, labels
side by side.

The energy and the symmetric normalisation are those of Kraehenbuehl and Koltun: -log p, a
smoothness kernel in position and an appearance kernel in position and colour, Potts compatibility.
The appearance kernel is filtered by the permutohedral lattice, the smoothness kernel by its two
one-dimensional halves. Steps end early once the marginals hardly move.

Marginals sum to 1 and filters are linear, so the last label is never filtered: its message is what
the others leave of the message of 1. Its logit is 0, those of the others are taken relative to it.
"""

import numba
import numpy as np

from wsss.crf.lattice import Lattice, filter_values, make_lattice, pad_width
from wsss.crf.settings import CrfSettings

REACH = 3.5
"""deviations after which the smoothness kernel is cut off; what lies beyond weighs 0.05 %"""
ABSENT = np.float32(-1e9)


class MeanField:
    """The kernels of a photo (uint8 (H, W, 3)), for any number of unaries."""

    def __init__(self, photo: np.ndarray, settings: CrfSettings) -> None:
        self.settings, self.size = settings, photo.shape[:2]
        self.lattice: Lattice | None = None
        if settings.bilateral_weight:
            self.lattice = make_lattice(photo, settings.bilateral_xy, settings.bilateral_rgb)
        offsets = np.arange(4 * int(np.ceil(REACH * settings.gaussian_xy / 4)) + 1)
        self.kernel = np.exp(-0.5 * (offsets / settings.gaussian_xy) ** 2).astype(np.float32)
        self.scale = (
            1 / np.sqrt(np.outer(*(_sums(self.kernel, length) for length in self.size)))
        ).astype(np.float32)
        self.whole = self._messages(np.ones((self.size[0] * self.size[1], 1), np.float32))[:, 0]

    def marginals(self, logits: np.ndarray, iterations: int, tolerance: float) -> np.ndarray:
        """Marginals float32 (K, H, W) of unaries given as log-probabilities (K, H, W), up to a
        constant for each pixel.

        Ends after `iterations`, or when the mean change of a marginal in a step is below
        `tolerance`.
        """
        count, (height, width) = len(logits) - 1, self.size
        unary = np.full((height * width, pad_width(count)), ABSENT, np.float32)
        unary[:, :count] = (logits[:-1] - logits[-1]).reshape(count, -1).T
        q = np.zeros_like(unary)
        _replace(unary.copy(), np.zeros_like(q), q)
        for _ in range(iterations):
            if self._step(unary, q, count) < tolerance:
                break
        rest = 1 - q[:, :count].sum(axis=1)
        return np.concatenate([q[:, :count].T, rest[None]]).reshape(count + 1, height, width)

    def _messages(self, q: np.ndarray) -> np.ndarray:
        """The weighted sum of both kernels' filterings of q (N, K)."""
        smooth = np.empty_like(q)
        (height, width), labels, ends = self.size, q.shape[1], 2 * (len(self.kernel) - 1)
        _smooth(
            q.reshape(height, width, labels),
            self.kernel,
            self.scale,
            np.zeros((width + ends) * labels, np.float32),
            np.zeros((height + ends, width, labels), np.float32),
            smooth.reshape(height, width, labels),
        )
        alike = filter_values(self.lattice, q) if self.lattice else np.zeros_like(q)
        _add(
            smooth,
            np.float32(self.settings.gaussian_weight),
            alike,
            np.float32(self.settings.bilateral_weight),
        )
        return smooth

    def _step(self, unary: np.ndarray, q: np.ndarray, count: int) -> float:
        """Update q (N, K) in place, all labels but the last; gives the mean change of the `count`
        marginals and the last.
        """
        messages = self._messages(q)
        _energies(unary, messages, self.whole)
        return float(_replace(messages, np.empty_like(q), q)) / (len(q) * (count + 1))


def _sums(kernel: np.ndarray, length: int) -> np.ndarray:
    """The sum of the one-dimensional kernel around each of `length` places, cut off at the ends."""
    whole = np.concatenate([kernel[:0:-1], kernel])
    return np.convolve(np.ones(length), whole)[len(kernel) - 1 : len(kernel) - 1 + length]


@numba.njit(cache=True, fastmath=True)
def _smooth(q, kernel, scale, padded, between, out):  # type: ignore[no-untyped-def]
    """D^-1/2 G D^-1/2 q for q (H, W, K): along rows, then along columns to `out`.

    The kernel's half has 4 n + 1 entries; `padded` ((W + 8 n) K) and `between` (H + 8 n, W, K) are
    0 in the outer 4 n cells.
    """
    _along_rows(q, kernel, scale, padded, between)
    _along_columns(between, kernel, scale, out)


@numba.njit(cache=True, fastmath=True)
def _along_rows(q, kernel, scale, padded, between):  # type: ignore[no-untyped-def]
    height, width, labels = q.shape
    length, reach = width * labels, len(kernel) - 1
    start = reach * labels
    for y in range(height):
        for x in range(width):
            for k in range(labels):
                padded[start + x * labels + k] = q[y, x, k] * scale[y, x]
        target = between[y + reach].reshape(length)
        for i in range(length):
            target[i] = kernel[0] * padded[start + i]
        for t in range(1, reach, 4):
            shift = t * labels
            _add_four(
                target,
                kernel[t : t + 4],
                padded[start + shift :],
                padded[start + shift + labels :],
                padded[start + shift + 2 * labels :],
                padded[start + shift + 3 * labels :],
                padded[start - shift :],
                padded[start - shift - labels :],
                padded[start - shift - 2 * labels :],
                padded[start - shift - 3 * labels :],
            )


@numba.njit(cache=True, fastmath=True)
def _along_columns(between, kernel, scale, out):  # type: ignore[no-untyped-def]
    height, width, labels = out.shape
    length, reach = width * labels, len(kernel) - 1
    for y in range(height):
        target, centre = out[y].reshape(length), between[y + reach].reshape(length)
        for i in range(length):
            target[i] = kernel[0] * centre[i]
        for t in range(1, reach, 4):
            below, above = y + reach + t, y + reach - t
            _add_four(
                target,
                kernel[t : t + 4],
                between[below].reshape(length),
                between[below + 1].reshape(length),
                between[below + 2].reshape(length),
                between[below + 3].reshape(length),
                between[above].reshape(length),
                between[above - 1].reshape(length),
                between[above - 2].reshape(length),
                between[above - 3].reshape(length),
            )
        for x in range(width):
            for k in range(labels):
                out[y, x, k] *= scale[y, x]


@numba.njit(cache=True, fastmath=True)
def _add_four(target, w, a, b, c, d, e, f, g, h):  # type: ignore[no-untyped-def]
    """Eight rows into one at a time: the target is read and written a fourth as often."""
    w0, w1, w2, w3 = w[0], w[1], w[2], w[3]
    for i in range(len(target)):
        target[i] += (
            w0 * (a[i] + e[i]) + w1 * (b[i] + f[i]) + w2 * (c[i] + g[i]) + w3 * (d[i] + h[i])
        )


@numba.njit(cache=True, fastmath=True)
def _add(smooth, smooth_weight, alike, alike_weight):  # type: ignore[no-untyped-def]
    flat, other = smooth.reshape(-1), alike.reshape(-1)
    for i in range(len(flat)):
        flat[i] = smooth_weight * flat[i] + alike_weight * other[i]


@numba.njit(cache=True, fastmath=True)
def _energies(unary, messages, whole):  # type: ignore[no-untyped-def]
    """Messages (N, K) to logits relative to the last label's, whose message is `whole` (N,) less
    the others.
    """
    labels = unary.shape[1]
    for n in range(len(unary)):
        last = whole[n]
        for k in range(labels):
            last -= messages[n, k]
        for k in range(labels):
            messages[n, k] += unary[n, k] - last


@numba.njit(cache=True, fastmath=True)
def _replace(logits, room, q):  # type: ignore[no-untyped-def]
    """q (N, K) by the softmax of `logits` and of a 0 for the last label; gives the sum of all
    changes, the last label's among them.

    `logits` and `room` are overwritten.
    """
    count, labels = q.shape
    last, rest = np.empty(count, np.float32), np.empty(count, np.float32)
    _below_largest(logits, last)
    _exponentials(logits.reshape(-1), room.reshape(-1))
    _exponentials(last, rest)
    change = 0.0
    for n in range(count):
        total = rest[n]
        for k in range(labels):
            total += room[n, k]
        scale, moved, left = np.float32(1) / total, np.float32(0), np.float32(0)
        for k in range(labels):
            new = room[n, k] * scale
            moved += np.float32(abs(new - q[n, k]))
            left += new - q[n, k]
            q[n, k] = new
        change += float(moved + abs(left))
    return change


@numba.njit(cache=True, fastmath=True)
def _below_largest(logits, last):  # type: ignore[no-untyped-def]
    """Logits (N, K), and the last label's 0 in `last` (N,), less the largest of each pixel, so that
    none is above 0.
    """
    for n in range(len(logits)):
        largest = np.float32(0)
        for k in range(logits.shape[1]):
            largest = max(largest, logits[n, k])
        for k in range(logits.shape[1]):
            logits[n, k] -= largest
        last[n] = -largest


@numba.njit(cache=True, fastmath=True)
def _exponentials(logits, out):  # type: ignore[no-untyped-def]
    """exp of numbers that are at most 0, to a relative 1e-7 or so, of one dimension; `logits` is
    overwritten.

    2^p = 2^floor(p) * 2^(p - floor(p)): the first by writing a float's exponent, the second by a
    polynomial, so that the processor does many at once.
    """
    bits = out.view(np.int32)
    for i in range(len(logits)):
        scaled = max(logits[i] * np.float32(1.4426950408889634), np.float32(-126))
        whole = np.floor(scaled)
        f = scaled - whole
        p = np.float32(1.8775767e-3)
        p = p * f + np.float32(8.9893397e-3)
        p = p * f + np.float32(5.5826318e-2)
        p = p * f + np.float32(2.4015361e-1)
        p = p * f + np.float32(6.9315308e-1)
        p = p * f + np.float32(9.9999994e-1)
        bits[i] = (np.int32(whole) + np.int32(127)) << np.int32(23)
        logits[i] = p
    for i in range(len(logits)):
        out[i] *= logits[i]
