"""Boundary IoU (Cheng et al., CVPR 2021): the IoU near the borders of the masks, which large
insides hide.
"""

import numpy as np
from scipy import ndimage

from wsss.data.images import IGNORE

SHARE = 0.02
"""width of the band inside each mask's border, as a share of the photo's diagonal"""


class BoundaryIou:
    """Pixels of both bands and of either, by label, summed over photos."""

    def __init__(self, labels: int) -> None:
        self._both, self._either = np.zeros(labels, np.int64), np.zeros(labels, np.int64)

    def add(self, predicted: np.ndarray, truth: np.ndarray) -> None:
        """Count a photo: label ids uint8 (H, W); pixels whose truth is ignored are left out."""
        reach = max(1, round(SHARE * float(np.hypot(*truth.shape))))
        valid = truth != IGNORE
        for label in np.unique(np.concatenate([np.unique(truth), np.unique(predicted)])):
            if label != IGNORE:
                ours, theirs = (band(mask == label, reach) & valid for mask in (predicted, truth))
                self._both[label] += int((ours & theirs).sum())
                self._either[label] += int((ours | theirs).sum())

    def mean(self, present: np.ndarray) -> float | None:
        """The mean over the labels that `present` (bool (L,)) names, in percent."""
        values = 100 * self._both[present] / np.maximum(self._either[present], 1)
        return round(float(values.mean()), 3) if len(values) else None


def band(mask: np.ndarray, reach: int) -> np.ndarray:
    """Pixels of a bool (H, W) mask within `reach` steps, diagonal ones too, of one outside it or of
    the photo's edge.
    """
    inner: np.ndarray = ndimage.minimum_filter(mask, size=2 * reach + 1, mode="constant", cval=0)
    outer: np.ndarray = mask & ~inner
    return outer
