"""Seeds: pixels that surely are of a class or surely are background. All others are IGNORE."""

import numpy as np

from wsss.data.backgrounds import upsample
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.seeds.settings import SeedSettings


def threshold_seeds(
    item: ScoreMap, settings: SeedSettings, saliency: np.ndarray | None = None
) -> np.ndarray:
    """uint8 (H, W) seeds at the photo's size from a `cam` or `prob` map; `saliency` is float (H, W)
    in 0..1.

    Where several classes pass, the largest score wins. A photo without tags is background wherever
    it may be. A saliency map of one single value tells nothing and seeds no background.
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
    seeds = np.full(item.size, IGNORE, np.uint8)
    seeds[background & ~both if settings.conflict != "background" else background] = 0
    if len(labels):  # else nothing is foreground
        chosen = foreground & ~both if settings.conflict != "foreground" else foreground
        seeds[chosen] = labels[scores.argmax(axis=0)][chosen]
    return seeds
