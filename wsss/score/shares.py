"""Shares of the pixels: foreground against background, and each label's predicted and true share.

A mIoU does not say whether a network leaves objects out or finds too many; these figures do.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from wsss.score.bootstrap import count_pixels

LEAST_SHARE = 0.05
"""percent of the pixels; a label with a smaller share gives no warning"""
FOREGROUND = ("recall", "precision", "right_class", "background_bias")
"""the figures of the foreground"""
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
    return {
        "recall": _percent(given[1:, 1:].sum(), matrix[1:].sum()),
        "precision": _percent(given[1:, 1:].sum(), given[:, 1:].sum()),
        "right_class": _percent(np.trace(given[1:, 1:]), matrix[1:].sum()),
        "background_bias": _percent(given[:, 0].sum() - given[0].sum(), given.sum()),
    }


def foreground_of_pixels(pixels: np.ndarray) -> dict[str, float | None]:
    """The figures of `measure_foreground` from the pixels hit, true and given, int64 (3, L).

    These say which pixels of the matrix are meant if every pixel has a prediction. Where some have
    none, all figures but `right_class` are None.
    """
    hits, true, given = pixels
    right = _percent(hits[1:].sum(), true[1:].sum())
    if given.sum() < true.sum():
        unknown: dict[str, float | None] = dict.fromkeys(FOREGROUND)
        return {**unknown, "right_class": right}
    found = true[1:].sum() - (given[0] - hits[0])
    return {
        "recall": _percent(found, true[1:].sum()),
        "precision": _percent(found, given[1:].sum()),
        "right_class": right,
        "background_bias": _percent(given[0] - true[0], given.sum()),
    }


def measure_shares(matrix: np.ndarray, labels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Label -> its share of the pixels in percent: `true` (by the masks) and `given` (predicted),
    from a confusion matrix (L, L + 1).
    """
    return shares_of_pixels(count_pixels(matrix), labels)


def shares_of_pixels(pixels: np.ndarray, labels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """The figures of `measure_shares` from the pixels hit, true and given, int64 (3, L)."""
    whole = max(1, int(pixels[1].sum()))
    found = {}
    for name, true, given in zip(labels, 100 * pixels[1] / whole, 100 * pixels[2] / whole):
        found[name] = {"true": round(float(true), 3), "given": round(float(given), 3)}
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
