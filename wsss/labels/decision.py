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
from wsss.labels.doubt import ignore_borders, keep_lost_classes, probability_of, runner_up
from wsss.labels.pieces import join_small_pieces
from wsss.labels.settings import LabelSettings

Sharpen = Callable[[list[np.ndarray]], list[np.ndarray]]
"""From stacks of scores of one photo, (K + 1, H, W) with the background first, to as many stacks of
probabilities, which sum to 1 at each pixel."""


class Labelled(NamedTuple):
    """The labels of a photo."""

    labels: np.ndarray
    """uint8 (H, W), IGNORE where no label is certain enough"""
    confidence: np.ndarray
    """probability of the label, float32 (H, W); where the label is IGNORE, of the most likely
    one"""
    second: np.ndarray
    """most likely label besides `labels`, uint8 (H, W); where the label is IGNORE, the most likely
    of all. It is never IGNORE. With background only it is background"""


class Votes(NamedTuple):
    """What the labels of a photo are decided from."""

    ids: np.ndarray
    """label ids (K,), background first"""
    stacks: list[np.ndarray]
    """probabilities (K, H, W): one stack, or two of two backgrounds, the strong one first"""


def decide_labels(
    item: ScoreMap, settings: LabelSettings, saliency: np.ndarray | None, sharpen: Sharpen
) -> Labelled:
    """The most likely label of each pixel after `sharpen` (docs/methods.md#doubtful-labels).

    Small pieces are joined to others, and lost classes are kept, as the settings say. Then a label
    becomes IGNORE near a border (`ignore_band`), and where its probability is below `ignore_below`.

    For `cam` maps with `ignore_between` (two powers of the background) the settings of the
    background and `saliency` do not count: the labels are decided with each of the two backgrounds
    (1 - max)^power, and are IGNORE where these contradict each other. The confidence is then the
    lower of the two. The mean of both probabilities decides the second label.
    """
    votes = _vote(item, settings, saliency, sharpen)
    first = _decide(votes)
    labels = _mend(first, item, settings)
    confidence = _confidence(labels, first, votes)
    if settings.ignore_band:
        labels = ignore_borders(labels, settings.ignore_band)
    labels = np.where(confidence < settings.ignore_below, IGNORE, labels).astype(np.uint8)
    return Labelled(labels, confidence, runner_up(labels, votes.ids, np.mean(votes.stacks, axis=0)))


def _vote(
    item: ScoreMap, settings: LabelSettings, saliency: np.ndarray | None, sharpen: Sharpen
) -> Votes:
    """The probabilities with the background of the settings, or with both of `ignore_between`."""
    if settings.ignore_between is None or item.kind != "cam":
        ids, scores = add_background(item, settings, saliency)
        return Votes(ids, sharpen([scores]))
    scores = upsample(item)
    strong, weak = sorted(settings.ignore_between)  # a lower power gives more background
    stacks = []
    for power in (strong, weak):
        stacks.append(np.concatenate([power_background(scores, power), scores]))
    return Votes(np.concatenate([[0], item.labels]), sharpen(stacks))


def _decide(votes: Votes) -> np.ndarray:
    """The most likely labels, uint8 (H, W); IGNORE where two backgrounds contradict each other."""
    if len(votes.stacks) == 2:
        return decide_between_two(votes.ids[1:], votes.stacks)
    labels: np.ndarray = votes.ids[votes.stacks[0].argmax(axis=0)].astype(np.uint8)
    return labels


def _mend(labels: np.ndarray, item: ScoreMap, settings: LabelSettings) -> np.ndarray:
    """The labels, uint8 (H, W), with small pieces joined, then with lost classes kept."""
    if settings.smallest_piece:
        labels = join_small_pieces(labels, settings.smallest_piece)
    if settings.keep_tags:
        foreground = item.labels > 0
        scores = upsample(item)[foreground]
        labels = keep_lost_classes(labels, item.labels[foreground], scores)
    return labels


def _confidence(labels: np.ndarray, first: np.ndarray, votes: Votes) -> np.ndarray:
    """The probability, float32 (H, W), of the most likely label; of the label itself where it is
    not the `first` one any more. With two backgrounds it is the lower of both.
    """
    largest, own = [], []
    for stack in votes.stacks:
        largest.append(stack.max(axis=0))
        own.append(probability_of(labels, votes.ids, stack))
    confidence: np.ndarray = np.where(labels == first, np.min(largest, axis=0), np.min(own, axis=0))
    return confidence
