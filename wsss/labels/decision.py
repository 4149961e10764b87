"""The label of each pixel from the scores of a map.

All methods that make labels from score maps share this; they differ in how they sharpen the scores.
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
"""From stacks of scores of one photo, (K + 1, H, W) with the background first, to as many stacks of
probabilities, which sum to 1 at each pixel."""


class Labelled(NamedTuple):
    """The labels of a photo."""

    labels: np.ndarray
    """uint8 (H, W), IGNORE where no label is certain enough"""
    confidence: np.ndarray
    """probability of the most likely label, float32 (H, W)"""


def decide_labels(
    item: ScoreMap, settings: LabelSettings, saliency: np.ndarray | None, sharpen: Sharpen
) -> Labelled:
    """The most likely label of each pixel after `sharpen`.

    It is IGNORE where its probability is below `ignore_below`. For `cam` maps with `ignore_between`
    (two powers of the background) the settings of the background and `saliency` do not count: the
    labels are decided with each of the two backgrounds (1 - max)^power, and are IGNORE where these
    contradict each other.
    """
    if settings.ignore_between is not None and item.kind == "cam":
        labels, confidence = _decide_by_two_backgrounds(item, settings.ignore_between, sharpen)
    else:
        ids, scores = add_background(item, settings, saliency)
        probabilities = sharpen([scores])[0]
        labels = ids[probabilities.argmax(axis=0)].astype(np.uint8)
        confidence = probabilities.max(axis=0)
    certain = np.where(confidence < settings.ignore_below, IGNORE, labels)
    return Labelled(certain.astype(np.uint8), confidence)


def _decide_by_two_backgrounds(
    item: ScoreMap, powers: tuple[float, float], sharpen: Sharpen
) -> tuple[np.ndarray, np.ndarray]:
    """Labels by a strong and a weak background, (1 - max)^power, IGNORE where they contradict each
    other; and the lower of the two confidences.
    """
    scores = upsample(item)
    strong, weak = sorted(powers)  # a lower power gives more background
    stacks = []
    for power in (strong, weak):
        stacks.append(np.concatenate([power_background(scores, power), scores]))
    pair = sharpen(stacks)
    confidence = np.minimum(pair[0].max(axis=0), pair[1].max(axis=0))
    return decide_between_two(item.labels, pair), confidence
