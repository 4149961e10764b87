"""Pseudo-labels of AuxSegNet (ICCV 2021; docs/methods.md#auxsegnet): class maps and saliency must
agree on what is an object.
"""

import numpy as np

from wsss.data.backgrounds import upsample
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.labels.fuse_settings import FuseSettings


def fuse_labels(item: ScoreMap, settings: FuseSettings, saliency: np.ndarray) -> np.ndarray:
    """The labels, uint8 (H, W), of a photo from its map and its saliency, float (H, W) in 0..1.

    The class with the largest score where both are above their thresholds; background where neither
    is; else IGNORE. So a photo without tags is IGNORE where it is salient, and one without salient
    pixels where a class is. The background of a `prob` map does not count.
    """
    foreground = item.labels > 0
    scores = upsample(item)[foreground]
    salient = saliency > settings.salient_above
    seen = scores.max(axis=0, initial=0.0) > settings.class_above
    labels = np.where(salient != seen, IGNORE, 0).astype(np.uint8)
    both = salient & seen
    if both.any():
        labels[both] = item.labels[foreground][scores.argmax(axis=0)][both]
    return labels
