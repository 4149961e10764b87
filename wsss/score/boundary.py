"""Boundary IoU (Cheng et al., CVPR 2021): the IoU of the bands inside the borders of both masks.

A plain IoU hardly sees errors at the border of a large object.
"""

import numpy as np
from scipy import ndimage

from wsss.data.images import IGNORE

SHARE = 0.02
"""width of the band, as a share of the photo's diagonal"""


class BoundaryIou:
    """The boundary IoU of each label, from sums over photos."""

    def __init__(self, labels: int) -> None:
        self._both, self._either = np.zeros(labels, np.int64), np.zeros(labels, np.int64)

    def add(self, predicted: np.ndarray, truth: np.ndarray) -> None:
        """Count a photo's label ids, both uint8 (H, W); pixels whose truth is IGNORE are left
        out.
        """
        reach = max(1, round(SHARE * float(np.hypot(*truth.shape))))
        valid = truth != IGNORE
        for label in np.unique(np.concatenate([np.unique(truth), np.unique(predicted)])):
            if label != IGNORE:
                given = band(predicted == label, reach) & valid
                true = band(truth == label, reach) & valid
                self._both[label] += int((given & true).sum())
                self._either[label] += int((given | true).sum())

    def mean(self, present: np.ndarray) -> float | None:
        """The mean boundary IoU of the labels where `present` (bool (L,)) is true, in percent; None
        where it is nowhere true.
        """
        values = 100 * self._both[present] / np.maximum(self._either[present], 1)
        return round(float(values.mean()), 3) if len(values) else None


def band(mask: np.ndarray, reach: int) -> np.ndarray:
    """The pixels of a mask, bool (H, W), with a pixel outside of it or of the photo in the square
    of 2 * `reach` + 1 pixels around them.
    """
    inner: np.ndarray = ndimage.minimum_filter(mask, size=2 * reach + 1, mode="constant", cval=0)
    outer: np.ndarray = mask & ~inner
    return outer
