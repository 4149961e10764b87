"""One confusion matrix over a whole split, and the figures read from it (docs/methods.md#miou)."""

from typing import Any

import numpy as np

from wsss.data.images import IGNORE
from wsss.score.shares import measure_foreground, measure_shares


def confusion(predicted: np.ndarray, truth: np.ndarray, labels: int) -> np.ndarray:
    """int64 (labels, labels + 1): rows are true ids, columns predicted ids, the last column pixels
    without prediction.

    Pixels whose truth is IGNORE are left out; IGNORE in `predicted` is "no prediction".
    """
    valid = truth != IGNORE
    given = np.where(predicted[valid] == IGNORE, labels, predicted[valid]).astype(np.int64)
    pairs = truth[valid].astype(np.int64) * (labels + 1) + given
    return np.bincount(pairs, minlength=labels * (labels + 1)).reshape(labels, labels + 1)


def iou(matrix: np.ndarray) -> np.ndarray:
    """IoU of each label in percent, float64; NaN for labels without a true pixel.

    A pixel not predicted is a miss.
    """
    hits = np.diag(matrix[:, :-1]).astype(np.float64)
    truth, given = matrix.sum(axis=1), matrix[:, :-1].sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(truth > 0, 100 * hits / (truth + given - hits), np.nan)


def summary(matrix: np.ndarray, labels: tuple[str, ...]) -> dict[str, Any]:
    """`miou` over labels that have true pixels, `per_class` (None where there are none), precision,
    recall, the IoU weighted by frequency, coverage, `foreground` and `shares` (wsss.score.shares).
    """
    values = iou(matrix)
    hits = np.diag(matrix[:, :-1]).astype(np.float64)
    given, truth = matrix[:, :-1].sum(axis=0), matrix.sum(axis=1)
    present = truth > 0
    per_class = {}
    for name, value in zip(labels, values):
        per_class[name] = None if np.isnan(value) else round(float(value), 3)
    return {
        "miou": _percent(values[present]),
        "per_class": per_class,
        "precision": _percent(100 * hits[present] / np.maximum(given[present], 1)),
        "recall": _percent(100 * hits[present] / truth[present]),
        "frequency_weighted_iou": _weighted(values, truth),
        "coverage": round(100 * float(given.sum() / max(1, truth.sum())), 3),
        "without_truth": [labels[k] for k in np.flatnonzero(~present)],
        "foreground": measure_foreground(matrix),
        "shares": measure_shares(matrix, labels),
    }


def _weighted(values: np.ndarray, truth: np.ndarray) -> float | None:
    """The mean of the IoUs, each weighted by its label's share of the true pixels."""
    return round(float(np.nansum(values * truth) / truth.sum()), 3) if truth.any() else None


def _percent(values: np.ndarray) -> float | None:
    return round(float(values.mean()), 3) if len(values) else None
