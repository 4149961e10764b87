"""Pseudo-labels straight from score maps: the largest score wins."""

import numpy as np

from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.labels.background import most_likely, with_background
from wsss.labels.settings import LabelSettings


def argmax_labels(photo: np.ndarray, item: ScoreMap, settings: LabelSettings,
                  saliency: np.ndarray | None = None) -> np.ndarray:
    """uint8 (H, W) labels of a photo from its map; scores are brought to sum 1 before `ignore_below` applies."""
    labels, scores = with_background(item, settings, saliency)
    return most_likely(labels, scores / (scores.sum(axis=0) + 1e-8), settings.ignore_below, IGNORE)
