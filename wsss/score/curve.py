"""The mIoU of `cam` maps at many background thresholds, in one pass over the photos
(docs/methods.md#threshold-curves).
"""

from typing import Any

import numpy as np

from wsss.data.images import IGNORE
from wsss.score.confusion import iou, summary

THRESHOLDS = np.round(np.arange(0.0, 1.0, 0.01), 2)
FIXED = 0.20
"""the threshold of reported scores"""


class ThresholdCurve:
    """The confusion matrix of a split at each of THRESHOLDS.

    A pixel gets the class with the largest score when that score is above the threshold, else
    background. So it is enough to count pixels by true label, largest class, and the number of
    thresholds that the score is above: each confusion matrix is a sum of such counts.
    """

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.labels = labels
        n = len(labels)
        # true label, largest class, number of thresholds passed
        self._counts = np.zeros((n, n, len(THRESHOLDS) + 1), np.int64)

    def add(self, ids: np.ndarray, scores: np.ndarray, truth: np.ndarray) -> None:
        """Count a photo: label ids (K,), scores (K, H, W) with maximum 1, truth uint8 (H, W)."""
        n, bins = len(self.labels), len(THRESHOLDS) + 1
        valid = truth != IGNORE
        if len(ids):
            winner = ids[scores.argmax(axis=0)][valid]
            passed = np.searchsorted(THRESHOLDS, scores.max(axis=0)[valid], side="left")
        else:
            winner = passed = np.zeros(int(valid.sum()), np.int64)
        flat = (truth[valid].astype(np.int64) * n + winner) * bins + passed
        self._counts += np.bincount(flat, minlength=n * n * bins).reshape(n, n, bins)

    def confusion(self, k: int) -> np.ndarray:
        """The confusion matrix (n, n + 1) at THRESHOLDS[k]."""
        matrix = np.zeros((len(self.labels), len(self.labels) + 1), np.int64)
        matrix[:, :-1] = self._counts[:, :, k + 1 :].sum(axis=2)
        matrix[:, 0] += self._counts[:, :, : k + 1].sum(axis=(1, 2))
        return matrix

    def summary(self) -> dict[str, Any]:
        """The summary (wsss.score.confusion) at `threshold`, which is FIXED; `oracle`, the mIoU
        and threshold of the best one, chosen with the true masks; and the whole `curve`.

        Without a true pixel of any class it is the summary alone.
        """
        if not self._counts[1:].any():
            return summary(self.confusion(0), self.labels)
        curve = [float(np.nanmean(iou(self.confusion(k)))) for k in range(len(THRESHOLDS))]
        best = int(np.argmax(curve))
        fixed = int(np.flatnonzero(THRESHOLDS == FIXED)[0])
        return {
            **summary(self.confusion(fixed), self.labels),
            "threshold": FIXED,
            "oracle": {"miou": round(curve[best], 3), "threshold": float(THRESHOLDS[best])},
            "curve": {"threshold": THRESHOLDS.tolist(), "miou": [round(v, 3) for v in curve]},
        }


def at_threshold(ids: np.ndarray, scores: np.ndarray, threshold: float) -> np.ndarray:
    """Label ids (H, W) from scores (K, H, W) of the labels `ids` (K,): the label with the largest
    score where that score is above the threshold, else 0.
    """
    if not len(ids):
        return np.zeros(scores.shape[1:], np.int64)
    return np.where(scores.max(axis=0) > threshold, ids[scores.argmax(axis=0)], 0)
