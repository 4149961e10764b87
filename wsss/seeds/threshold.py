"""Seeds by thresholds (docs/methods.md#seeds): the pixels that are almost certainly of a class or
background. All others are IGNORE.
"""

import numpy as np

from wsss.data.backgrounds import upsample
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.seeds.settings import SeedSettings


def threshold_seeds(
    item: ScoreMap, settings: SeedSettings, saliency: np.ndarray | None = None
) -> np.ndarray:
    """Seeds, uint8 (H, W), at the photo's size from a `cam` or `prob` map; `saliency` is float
    (H, W) in 0..1.

    Each class map is divided by its maximum. A pixel is a seed of the class with the largest score
    if that is above `foreground`, and of background if its saliency (without saliency, the largest
    score) is below `background`; `conflict` says what happens where both hold. A saliency map with
    a single value gives no background seeds.
    """
    scores = upsample(item)
    labels = item.labels
    if item.kind == "prob":
        scores, labels = scores[labels > 0], labels[labels > 0]
    peaks = scores.max(axis=(1, 2), keepdims=True, initial=1e-8)
    scores = scores / peaks
    strongest = scores.max(axis=0, initial=0.0)
    foreground = strongest > settings.foreground
    if saliency is None:
        background = strongest < settings.background
    else:
        background = (saliency < settings.background) & (np.ptp(saliency) > 0)
    both = foreground & background
    if settings.conflict != "foreground":
        foreground &= ~both
    if settings.conflict != "background":
        background &= ~both
    seeds = np.full(item.size, IGNORE, np.uint8)
    seeds[background] = 0
    if len(labels):  # argmax refuses a photo without tags
        seeds[foreground] = labels[scores.argmax(axis=0)][foreground]
    return seeds
