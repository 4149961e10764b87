"""Sure areas of a photo: label ids where maps and the dense CRF leave no doubt, IGNORE elsewhere (methods.md 6)."""

import numpy as np

from wsss.affinity.sure_settings import SureSettings
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.labels.background import power_background, upsampled
from wsss.labels.crf import dense_crf


def sure_labels(photo: np.ndarray, item: ScoreMap, settings: SureSettings) -> np.ndarray:
    """uint8 (H, W). `cam` maps: a class that beats strong background, background that beats weak background.

    `prob` maps are saturated, so there background and classes are sure where the CRF's marginal is high.
    """
    scores = upsampled(item)
    if item.kind == "prob":
        return _by_probability(item.labels, dense_crf(photo, scores, settings), settings)
    labels = np.concatenate([[0], item.labels])
    low, high = (labels[_with_power(photo, scores, alpha, settings).argmax(axis=0)]
                 for alpha in (settings.alpha_low, settings.alpha_high))
    sure = np.where(low == 0, IGNORE, low)
    return np.where(high == 0, 0, sure).astype(np.uint8)


def _with_power(photo: np.ndarray, scores: np.ndarray, alpha: float, settings: SureSettings) -> np.ndarray:
    return dense_crf(photo, np.concatenate([power_background(scores, alpha), scores]), settings)


def _by_probability(labels: np.ndarray, marginals: np.ndarray, settings: SureSettings) -> np.ndarray:
    best = labels[marginals.argmax(axis=0)]
    needed = np.where(best == 0, settings.sure_background, settings.sure_foreground)
    return np.where(marginals.max(axis=0) > needed, best, IGNORE).astype(np.uint8)
