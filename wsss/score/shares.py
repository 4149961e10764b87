"""How much of the photos is taken for what: foreground against background, and each label's share.

A mIoU does not say whether a network leaves objects out or finds too many; these figures do.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

LEAST_SHARE = 0.05
"""percent of the pixels below which a label's share says nothing"""
HALF = 0.5
LABELS = "labels"
"""name of the step whose label maps a network learns from"""


def measure_foreground(matrix: np.ndarray) -> dict[str, float | None]:
    """Of a confusion matrix (L, L + 1), in percent of pixels, whatever their class:

    `recall`, the true foreground that is taken for some class; `precision`, what is taken for some
    class and is foreground; `right_class`, the true foreground with its own class; and
    `background_bias`, the background's share of the pixels with a label, less its true share of
    them, in points.
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
    """By label its `true` share of the pixels and the share `given` to it, in percent."""
    pixels = max(1, int(matrix.sum()))
    true = 100 * matrix.sum(axis=1) / pixels
    given = 100 * matrix[:, :-1].sum(axis=0) / pixels
    found = {}
    for name, of_truth, of_given in zip(labels, true, given):
        found[name] = {"true": round(float(of_truth), 3), "given": round(float(of_given), 3)}
    return found


def find_vanishing(prediction: Mapping[str, Any], labels: Mapping[str, Any]) -> list[str]:
    """The classes that a prediction gives half of their share in the pseudo-labels or less, each
    with both shares.

    Both are scores with `shares`; background is none of the classes. A class that the prediction's
    photos hold less of than the labels' photos is measured by what they hold.
    """
    found = []
    shares = prediction.get("shares", {})
    for name, label in list(labels.get("shares", {}).items())[1:]:
        if name not in shares or label["given"] < LEAST_SHARE or not label["true"]:
            continue
        own = shares[name]
        expected = label["given"] * min(1.0, own["true"] / label["true"])
        if expected >= LEAST_SHARE and own["given"] <= HALF * expected:
            found.append(f"{name} ({own['given']:.2f} of {expected:.2f} %)")
    return found


def last_labels(scores: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Of scores by step that of the labels which the network learned from: the last step of that
    name, in whatever round; empty where there is none.
    """
    found: dict[str, Any] = {}
    for name, score in scores.items():
        if name.rpartition(".")[2] == LABELS:
            found = score
    return found


def _percent(part: float, whole: float) -> float | None:
    return round(100 * float(part) / float(whole), 3) if whole else None


def _difference(given: float, true: float, whole: float) -> float | None:
    return round(100 * (float(given) - float(true)) / float(whole), 3) if whole else None
