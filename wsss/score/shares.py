"""Shares of the pixels: foreground against background, and each label's predicted and true share.

A mIoU does not say whether a network leaves objects out or finds too many; these figures do.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

LEAST_SHARE = 0.05
"""percent of the pixels; a label with a smaller share gives no warning"""
HALF = 0.5
"""part of the expected share at which a class counts as vanishing"""


def measure_foreground(matrix: np.ndarray) -> dict[str, float | None]:
    """Figures of the foreground, all classes together, from a confusion matrix (L, L + 1), in
    percent; None without pixels.

    `recall`: the share of the true foreground that has any class. `precision`: the share of the
    pixels with a class that are true foreground. `right_class`: the share of the true foreground
    that has its own class. `background_bias`: over the pixels with a prediction, the predicted less
    the true share of the background, in points.
    """
    given = matrix[:, :-1]
    objects = matrix[1:].sum()
    found = given[1:, 1:].sum()
    return {
        "recall": _percent(found, objects),
        "precision": _percent(found, given[:, 1:].sum()),
        "right_class": _percent(np.trace(given[1:, 1:]), objects),
        "background_bias": _difference(given[:, 0].sum(), given[0].sum(), given.sum()),
    }


def measure_shares(matrix: np.ndarray, labels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Label -> its share of the pixels in percent: `true` (by the masks) and `given` (predicted),
    from a confusion matrix (L, L + 1).
    """
    pixels = max(1, int(matrix.sum()))
    true = 100 * matrix.sum(axis=1) / pixels
    given = 100 * matrix[:, :-1].sum(axis=0) / pixels
    found = {}
    for name, of_truth, of_given in zip(labels, true, given):
        found[name] = {"true": round(float(of_truth), 3), "given": round(float(of_given), 3)}
    return found


def find_vanishing(prediction: Mapping[str, Any], labels: Mapping[str, Any]) -> list[str]:
    """The classes that a prediction loses: their share is at most half of the expected one. Each is
    given as `cat (2.00 of 5.00 %)`.

    Both arguments are scores with `shares`: of the prediction, and of the pseudo-labels that its
    network was trained on. The expected share is the one in the pseudo-labels, lowered where the
    photos of the prediction truly hold less of the class than those of the labels. The background
    is left out.
    """
    found = []
    shares = prediction.get("shares", {})
    classes = list(labels.get("shares", {}).items())[1:]
    for name, in_labels in classes:
        if name not in shares or in_labels["given"] < LEAST_SHARE or not in_labels["true"]:
            continue
        own = shares[name]
        expected = in_labels["given"] * min(1.0, own["true"] / in_labels["true"])
        if expected >= LEAST_SHARE and own["given"] <= HALF * expected:
            found.append(f"{name} ({own['given']:.2f} of {expected:.2f} %)")
    return found


def _percent(part: float, whole: float) -> float | None:
    """100 * part / whole; None where the whole is 0."""
    return round(100 * float(part) / float(whole), 3) if whole else None


def _difference(given: float, true: float, whole: float) -> float | None:
    """100 * (given - true) / whole; None where the whole is 0."""
    return round(100 * (float(given) - float(true)) / float(whole), 3) if whole else None
