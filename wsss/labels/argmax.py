"""Pseudo-labels straight from score maps: the largest score wins."""

import numpy as np

from wsss.data.maps import ScoreMap
from wsss.labels.decision import Labelled, decide_labels
from wsss.labels.settings import LabelSettings


def argmax_labels(
    photo: np.ndarray, item: ScoreMap, settings: LabelSettings, saliency: np.ndarray | None = None
) -> Labelled:
    """The labels of a photo from its map, whose scores are brought to sum 1."""
    return decide_labels(
        item,
        settings,
        saliency,
        lambda stacks: [scores / (scores.sum(axis=0) + 1e-8) for scores in stacks],
    )
