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
from wsss.crf.smoothing import make_smoothing

ABSENT = np.float32(-1e9)
LOWEST = np.float32(-87)
"""the exponential of less is no normal float32, which processors are slow with"""


class MeanField:
    """The kernels of a photo (uint8 (H, W, 3)), for any number of unaries."""

    def __init__(self, photo: np.ndarray, settings: CrfSettings) -> None:
        self.settings = settings
        self.height, self.width = photo.shape[:2]
        self.smoothing = make_smoothing((self.height, self.width), settings.gaussian_xy)
        self.lattice: Lattice | None = None
        if settings.bilateral_weight:
            self.lattice = make_lattice(photo, settings.bilateral_xy, settings.bilateral_rgb)
        ones = np.ones((self.height * self.width, 1), np.float32)
        self.whole = self._messages(ones)[:, 0]

    def marginals(self, logits: np.ndarray, iterations: int, tolerance: float) -> np.ndarray:
        """Marginals float32 (K, H, W) of unaries given as log-probabilities (K, H, W), up to a
        constant for each pixel.

        Ends after `iterations`, or when the mean change of a marginal in a step is below
        `tolerance`.
        """
        count = len(logits) - 1
        unary = np.full((self.height * self.width, pad_width(count)), ABSENT, np.float32)
        unary[:, :count] = (logits[:-1] - logits[-1]).reshape(count, -1).T
        q = np.zeros_like(unary)
        _replace(q, unary.copy())
        for _ in range(iterations):
            if self._step(unary, q, count) < tolerance:
                break
        rest = 1 - q[:, :count].sum(axis=1)
        whole = np.concatenate([q[:, :count].T, rest[None]])
        return whole.reshape(count + 1, self.height, self.width)

    def _step(self, unary: np.ndarray, q: np.ndarray, count: int) -> float:
        """Update q (N, K) in place, all labels but the last; gives the mean change of the `count`
        marginals and the last.
        """
        logits = self._messages(q)
        _add_unary(logits, unary, self.whole)
        return _replace(q, logits) / (len(q) * (count + 1))

    def _messages(self, q: np.ndarray) -> np.ndarray:
        """The weighted sum of both kernels' filterings of q (N, K)."""
        smooth = self.smoothing.filter(q)
        alike = filter_values(self.lattice, q) if self.lattice else np.zeros_like(q)
        smooth_weight = np.float32(self.settings.gaussian_weight)
        alike_weight = np.float32(self.settings.bilateral_weight)
        _add(smooth.reshape(-1), smooth_weight, alike.reshape(-1), alike_weight)
        return smooth


def _replace(q: np.ndarray, logits: np.ndarray) -> float:
    """q (N, K) by the softmax of `logits` and of a 0 for the last label; gives the sum of all
    changes, the last label's among them.

    `logits` are overwritten.
    """
    last = np.empty(len(q), np.float32)
    _below_largest(logits, last)
    np.exp(logits, out=logits)
    np.exp(last, out=last)
    return float(_normalise(q, logits, last))


@numba.njit(cache=True, fastmath=True)
def _add(smooth, smooth_weight, alike, alike_weight):  # type: ignore[no-untyped-def]
    """The weighted sum of two runs of values, in place of the first."""
    for i in range(len(smooth)):
        smooth[i] = smooth_weight * smooth[i] + alike_weight * alike[i]


@numba.njit(cache=True, fastmath=True)
def _add_unary(messages, unary, whole):  # type: ignore[no-untyped-def]
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
def _below_largest(logits, last):  # type: ignore[no-untyped-def]
    """Logits (N, K), and the last label's 0 in `last` (N,), less the largest of each pixel, so that
    none is above 0.
    """
    for n in range(len(logits)):
        largest = np.float32(0)
        for k in range(logits.shape[1]):
            largest = max(largest, logits[n, k])
        for k in range(logits.shape[1]):
            logits[n, k] = max(logits[n, k] - largest, LOWEST)
        last[n] = max(-largest, LOWEST)


@numba.njit(cache=True, fastmath=True)
def _normalise(q, powers, last):  # type: ignore[no-untyped-def]
    """q (N, K) by `powers` over the sum of a pixel's and of its `last` (N,); gives the sum of all
    changes, the last label's among them.
    """
    count, labels = q.shape
    change = 0.0
    for n in range(count):
        total = last[n]
        for k in range(labels):
            total += powers[n, k]
        scale, moved, left = np.float32(1) / total, np.float32(0), np.float32(0)
        for k in range(labels):
            new = powers[n, k] * scale
            moved += np.float32(abs(new - q[n, k]))
            left += new - q[n, k]
            q[n, k] = new
        change += float(moved + abs(left))
    return change
