"""Mean field of the dense CRF at a photo's size (docs/methods.md#dense-crf), on one core.

The energy and the symmetric normalisation are those of Kraehenbuehl and Koltun: unaries -log p, a
smoothness kernel in position and an appearance kernel in position and colour, Potts compatibility.
The appearance kernel is filtered by the permutohedral lattice, the smoothness kernel as a separable
Gaussian. Iterations end early when the marginals hardly change.

The *message* of a label is its marginal, filtered by both kernels. Marginals sum to 1 and filters
are linear, so the message of the last label is the message of a constant 1 minus the messages of
the other labels. It is never filtered. The code works with logits, which are negative energies:
`unary` is log p less log p of the last label, and messages are added to it.
"""

import numba
import numpy as np

from wsss.crf.lattice import Lattice, filter_values, make_lattice, pad_width
from wsss.crf.settings import CrfSettings
from wsss.crf.smoothing import make_smoothing

ABSENT = np.float32(-1e9)
"""logit of the padding labels (arrays are filled up to a multiple of 4 labels)"""
LOWEST = np.float32(-87)
"""smallest logit: the exponential of a smaller one is a subnormal float32, which is slow"""


class MeanField:
    """The kernels of a photo, uint8 (H, W, 3). `marginals` may be called with any number of score
    stacks, of any number of labels.
    """

    def __init__(self, photo: np.ndarray, settings: CrfSettings) -> None:
        self.settings = settings
        self.height, self.width = photo.shape[:2]
        self.smoothing = make_smoothing((self.height, self.width), settings.gaussian_xy)
        self.lattice: Lattice | None = None
        if settings.bilateral_weight:
            self.lattice = make_lattice(photo, settings.bilateral_xy, settings.bilateral_rgb)
        ones = np.ones((self.height * self.width, 1), np.float32)
        self.message_of_one = self._messages(ones)[:, 0]

    def marginals(self, logits: np.ndarray, iterations: int, tolerance: float) -> np.ndarray:
        """The marginals, float32 (K, H, W), for log-probabilities `logits` (K, H, W).

        A constant may be added to the logits of a pixel. Ends after `iterations` updates, or after
        one that changes the marginals by less than `tolerance` on average.
        """
        count = len(logits) - 1
        unary = np.full((self.height * self.width, pad_width(count)), ABSENT, np.float32)
        unary[:, :count] = (logits[:-1] - logits[-1]).reshape(count, -1).T
        q = np.zeros_like(unary)
        _replace(q, unary.copy())
        for _ in range(iterations):
            if self._update(unary, q, count) < tolerance:
                break
        last = 1 - q[:, :count].sum(axis=1)
        marginals = np.concatenate([q[:, :count].T, last[None]])
        return marginals.reshape(count + 1, self.height, self.width)

    def _update(self, unary: np.ndarray, q: np.ndarray, count: int) -> float:
        """Update q (N, K) in place; it has all labels but the last, and padding.

        Returns the mean absolute change of all `count` + 1 marginals.
        """
        logits = self._messages(q)
        _add_unary(logits, unary, self.message_of_one)
        return _replace(q, logits) / (len(q) * (count + 1))

    def _messages(self, q: np.ndarray) -> np.ndarray:
        """q (N, K) filtered by both kernels, summed with their weights."""
        smooth = self.smoothing.filter(q)
        bilateral = filter_values(self.lattice, q) if self.lattice else np.zeros_like(q)
        smooth_weight = np.float32(self.settings.gaussian_weight)
        bilateral_weight = np.float32(self.settings.bilateral_weight)
        _add(smooth.reshape(-1), smooth_weight, bilateral.reshape(-1), bilateral_weight)
        return smooth


def _replace(q: np.ndarray, logits: np.ndarray) -> float:
    """Set q (N, K) to the softmax of `logits` (N, K) and 0, the logit of the last label.

    Returns the sum of the absolute changes of all marginals, the last label's included. `logits`
    are overwritten.
    """
    last = np.empty(len(q), np.float32)
    _subtract_largest(logits, last)
    np.exp(logits, out=logits)
    np.exp(last, out=last)
    return float(_normalise(q, logits, last))


@numba.njit(cache=True, fastmath=True, nogil=True)
def _add(smooth, smooth_weight, bilateral, bilateral_weight):  # type: ignore[no-untyped-def]
    """Set `smooth` to the weighted sum of both arrays, which are flat."""
    for i in range(len(smooth)):
        smooth[i] = smooth_weight * smooth[i] + bilateral_weight * bilateral[i]


@numba.njit(cache=True, fastmath=True, nogil=True)
def _add_unary(messages, unary, message_of_one):  # type: ignore[no-untyped-def]
    """Turn messages (N, K) into logits relative to the last label: message + unary - last message.

    The last message is `message_of_one` (N,) minus all others.
    """
    labels = unary.shape[1]
    for n in range(len(unary)):
        last = message_of_one[n]
        for k in range(labels):
            last -= messages[n, k]
        for k in range(labels):
            messages[n, k] += unary[n, k] - last


@numba.njit(cache=True, fastmath=True, nogil=True)
def _subtract_largest(logits, last):  # type: ignore[no-untyped-def]
    """Subtract each pixel's largest logit from its logits (N, K) and from the last label's.

    The last label's logit is 0; the result for it is written into `last` (N,).
    """
    for n in range(len(logits)):
        largest = np.float32(0)
        for k in range(logits.shape[1]):
            largest = max(largest, logits[n, k])
        for k in range(logits.shape[1]):
            logits[n, k] = max(logits[n, k] - largest, LOWEST)
        last[n] = max(-largest, LOWEST)


@numba.njit(cache=True, fastmath=True, nogil=True)
def _normalise(q, exponentials, last):  # type: ignore[no-untyped-def]
    """Set q (N, K) to `exponentials` (N, K), each pixel divided by its sum with `last` (N,).

    Returns the sum of the absolute changes of all marginals, the last label's included.
    """
    count, labels = q.shape
    change = 0.0
    for n in range(count):
        total = last[n]
        for k in range(labels):
            total += exponentials[n, k]
        scale, absolute, net = np.float32(1) / total, np.float32(0), np.float32(0)
        for k in range(labels):
            new = exponentials[n, k] * scale
            absolute += np.float32(abs(new - q[n, k]))
            net += new - q[n, k]
            q[n, k] = new
        change += float(absolute + abs(net))  # marginals sum to 1: the last one changes by -net
    return change
