"""Pseudo-labels from score maps alone: the label with the largest score."""

import numpy as np

from wsss.data.maps import ScoreMap
from wsss.labels.decision import Labelled, decide_labels
from wsss.labels.settings import LabelSettings


def argmax_labels(
    photo: np.ndarray, item: ScoreMap, settings: LabelSettings, saliency: np.ndarray | None = None
) -> Labelled:
    """The labels of a photo (uint8 (H, W, 3)) from its map. The probability of a label is its share
    of the sum of the scores. `saliency` is float (H, W) in 0..1.
    """
    return decide_labels(
        item,
        settings,
        saliency,
        lambda stacks: [scores / (scores.sum(axis=0) + 1e-8) for scores in stacks],
    )
