"""From a score map to scores of background and tags at every pixel of the photo."""

import numpy as np

from wsss.data.backgrounds import power_background, upsample
from wsss.data.maps import ScoreMap
from wsss.labels.settings import LabelSettings


def add_background(
    item: ScoreMap, settings: LabelSettings, saliency: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Label ids (K + 1,), background first, and their scores (K + 1, H, W) at the photo's size, not
    normalised.

    A `prob` map brings its background; a `cam` map gets the one that the settings name: a constant,
    a power of what the largest class leaves, or what `saliency` (H, W) in 0..1 leaves.
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
