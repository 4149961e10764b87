"""Scores of background and tags at every pixel of a photo, from its score map."""

import numpy as np

from wsss.data.backgrounds import power_background, upsample
from wsss.data.maps import ScoreMap
from wsss.labels.settings import LabelSettings


def add_background(
    item: ScoreMap, settings: LabelSettings, saliency: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Label ids (K + 1,), background first, and their scores, float32 (K + 1, H, W), at the photo's
    size. The scores of a `cam` map do not sum to 1.

    A `prob` map brings its background. A `cam` map gets the one of the settings: a constant, the
    power (1 - max)^alpha, or 1 - `saliency`, which is float (H, W) in 0..1. Without a saliency map
    the power takes the place of the saliency.
    """
    scores = upsample(item)
    if item.kind == "prob":
        return item.labels, scores
    if settings.background == "saliency" and saliency is not None:
        background = (1 - saliency[None]).astype(np.float32)
    elif settings.background == "constant":
        background = np.full((1, *item.size), settings.threshold, np.float32)
    else:
        background = power_background(scores, settings.alpha)
    return np.concatenate([[0], item.labels]), np.concatenate([background, scores])
