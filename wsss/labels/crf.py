"""Pseudo-labels from score maps, sharpened by the dense CRF."""

import numpy as np

from wsss.crf.photo import dense_crfs
from wsss.data.maps import ScoreMap
from wsss.labels.decision import Labelled, decide_labels
from wsss.labels.settings import CrfLabelSettings


def crf_labels(
    photo: np.ndarray,
    item: ScoreMap,
    settings: CrfLabelSettings,
    saliency: np.ndarray | None = None,
) -> Labelled:
    """The labels of a photo (uint8 (H, W, 3)): the largest CRF marginals of its map, with
    background. `saliency` is float (H, W) in 0..1.
    """
    return decide_labels(
        item, settings, saliency, lambda stacks: dense_crfs(photo, stacks, settings)
    )
