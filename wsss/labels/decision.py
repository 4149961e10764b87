"""From scores at every pixel to one label. All label writers share this, whatever sharpens the
scores.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wsss.data.backgrounds import decide_between_two, power_background, upsample
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.labels.background import add_background
from wsss.labels.settings import LabelSettings

Sharpen = Callable[[list[np.ndarray]], list[np.ndarray]]
"""Stacks of scores of one photo, each (K + 1, H, W) with the background and not normalised, to
probabilities that sum to 1."""


class Labelled(NamedTuple):
    """Labels uint8 (H, W), and the probability of the winning label, float32 (H, W)."""

    labels: np.ndarray
    confidence: np.ndarray


def decide_labels(
    item: ScoreMap, settings: LabelSettings, saliency: np.ndarray | None, sharpen: Sharpen
) -> Labelled:
    """The most likely label of each pixel; IGNORE where it is less probable than `ignore_below`, or
    where the two backgrounds of `ignore_between` give different labels.
    """
    if settings.ignore_between is not None and item.kind == "cam":
        labels, confidence = _decide_undisputed(item, settings.ignore_between, sharpen)
    else:
        ids, scores = add_background(item, settings, saliency)
        probabilities = sharpen([scores])[0]
        labels, confidence = (
            ids[probabilities.argmax(axis=0)].astype(np.uint8),
            probabilities.max(axis=0),
        )
    return Labelled(
        np.where(confidence < settings.ignore_below, IGNORE, labels).astype(np.uint8), confidence
    )


def _decide_undisputed(
    item: ScoreMap, powers: tuple[float, float], sharpen: Sharpen
) -> tuple[np.ndarray, np.ndarray]:
    """Labels that win under both powers of the background; the confidence is the lower of both."""
    scores = upsample(item)
    pair = sharpen(
        [np.concatenate([power_background(scores, power), scores]) for power in sorted(powers)]
    )
    return decide_between_two(item.labels, pair), np.minimum(*(stack.max(axis=0) for stack in pair))
