"""Pseudo-labels of Group-WSSS (AAAI 2021; docs/methods.md#group-labels): class maps against
saliency, and 255 (ignore) where these contradict each other.
"""

import numpy as np

from wsss.data.backgrounds import upsample
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.labels.group_settings import GroupLabelSettings

EPSILON = 1e-5
"""a map whose values differ by less is flat; its scores are 0"""


def group_labels(item: ScoreMap, settings: GroupLabelSettings, saliency: np.ndarray) -> np.ndarray:
    """The labels, uint8 (H, W), of a photo from its map and its saliency, float (H, W) in 0..1.

    The scores are 1 - saliency for the background, and each class map stretched to 0..1 at the
    photo's size. A pixel gets the largest. It is IGNORE where two scores exceed `conflict_above`,
    and where background won although the saliency or a class is high. Where too few pixels have a
    class, the whole photo is IGNORE. A photo without tags is background.
    """
    foreground = item.labels > 0
    if not foreground.any():
        return np.zeros(item.size, np.uint8)
    classes = stretch(upsample(item)[foreground])
    scores = np.concatenate([1 - saliency[None], classes])
    labels = np.concatenate([[0], item.labels[foreground]])[scores.argmax(axis=0)]
    conflict = (scores > settings.conflict_above).sum(axis=0) >= 2
    attended = (classes > settings.attention_above).any(axis=0)
    salient = np.rint(saliency * 255) >= settings.salient_from
    doubtful = (labels == 0) & (salient | attended)
    labels = np.where(conflict | doubtful, IGNORE, labels).astype(np.uint8)
    share = ((labels > 0) & (labels != IGNORE)).mean()
    return np.full_like(labels, IGNORE) if share < settings.least_foreground else labels


def stretch(maps: np.ndarray) -> np.ndarray:
    """Maps (K, H, W), each stretched to 0..1; 0 where a map is flat."""
    low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    return np.where(high - low < EPSILON, 0, (maps - low) / np.maximum(high - low, EPSILON))
