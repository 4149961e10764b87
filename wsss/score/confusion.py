"""One confusion matrix over a whole split, and the figures read from it (docs/methods.md#miou)."""

from typing import Any

import numpy as np

from wsss.data.images import IGNORE
from wsss.score.bootstrap import count_pixels
from wsss.score.shares import measure_foreground, shares_of_pixels


def confusion(predicted: np.ndarray, truth: np.ndarray, labels: int) -> np.ndarray:
    """The confusion matrix, int64 (L, L + 1), of label ids of one shape, for L = `labels`.

    Rows are true ids, columns predicted ids. The last column counts pixels without a prediction:
    IGNORE in `predicted`. Pixels whose truth is IGNORE are left out.
    """
    valid = truth != IGNORE
    given = np.where(predicted[valid] == IGNORE, labels, predicted[valid]).astype(np.int64)
    pairs = truth[valid].astype(np.int64) * (labels + 1) + given
    return np.bincount(pairs, minlength=labels * (labels + 1)).reshape(labels, labels + 1)


def iou(matrix: np.ndarray) -> np.ndarray:
    """The IoU of each label in percent, float64 (L,); NaN for labels without a true pixel.

    A pixel without a prediction counts as an error of its true label alone.
    """
    return _iou(*count_pixels(matrix))


def _iou(hits: np.ndarray, truth: np.ndarray, given: np.ndarray) -> np.ndarray:
    """The IoU of each label in percent from its pixels, each int64 (L,), as `iou`."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(truth > 0, 100 * hits / (truth + given - hits), np.nan)


def summary(matrix: np.ndarray, labels: tuple[str, ...]) -> dict[str, Any]:
    """The figures of a confusion matrix (L, L + 1), as `figures_of_pixels`."""
    return figures_of_pixels(count_pixels(matrix), labels, measure_foreground(matrix))


def figures_of_pixels(
    pixels: np.ndarray, labels: tuple[str, ...], foreground: dict[str, float | None]
) -> dict[str, Any]:
    """The figures of the pixels hit, true and given, int64 (3, L), in percent; None without true
    pixels. The mIoU is also None where only background is true: finding nothing would score 100.

    Means over the labels with true pixels: `miou`, `precision`, `recall` (also called average
    per-class accuracy). By label: `per_class`, the IoU. `frequency_weighted_iou`: the mean IoU,
    weighted by true pixels. `coverage`: the share of pixels with a prediction. `without_truth`: the
    labels without true pixels. `foreground` and `shares`: see wsss.score.shares.
    """
    hits, truth, given = pixels
    values = _iou(hits, truth, given)
    present = truth > 0
    per_class = {}
    for name, value in zip(labels, values):
        per_class[name] = None if np.isnan(value) else round(float(value), 3)
    return {
        "miou": _mean(values[present]) if present[1:].any() else None,
        "per_class": per_class,
        "precision": _mean(100 * hits[present] / np.maximum(given[present], 1)),
        "recall": _mean(100 * hits[present] / truth[present]),
        "frequency_weighted_iou": _weighted(values, truth),
        "coverage": round(100 * float(given.sum() / max(1, truth.sum())), 3),
        "without_truth": [labels[k] for k in np.flatnonzero(~present)],
        "foreground": foreground,
        "shares": shares_of_pixels(pixels, labels),
    }


def _weighted(values: np.ndarray, truth: np.ndarray) -> float | None:
    """The mean of the IoUs, each weighted by its label's share of the true pixels."""
    return round(float(np.nansum(values * truth) / truth.sum()), 3) if truth.any() else None


def _mean(values: np.ndarray) -> float | None:
    """The mean to three digits; None of no values."""
    return round(float(values.mean()), 3) if len(values) else None
