"""The score of saliency maps against masks: the largest F-measure over thresholds (max F), and the
mean absolute error (MAE).

Precision P and recall R at each of 256 thresholds are averaged over photos, then
F = (1 + b) * P * R / (b * P + R) with b = beta^2 = 0.3. A photo whose mask has no salient pixel
counts in the MAE only. Pixels with 255 in the mask are left out.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from wsss.data.images import IGNORE
from wsss.data.photo import Photo
from wsss.saliency.maps import SaliencyMaps

LEVELS = 256
"""number of thresholds"""
BETA2 = 0.3
"""beta^2 of the F-measure"""


def score_saliency(maps: SaliencyMaps, pairs: Iterable[tuple[Photo, np.ndarray]]) -> dict[str, Any]:
    """`max_f` and `mae` in percent, and the `threshold` in 0..1 of the largest F, which the masks
    choose. A figure without photos is None.

    `pairs` are photos and masks, uint8 (H, W): 0 is not salient, 255 is ignored, all other ids are
    salient.
    """
    errors, rates = [], []
    for photo, mask in pairs:
        saliency = maps.read(photo.id, (mask.shape[0], mask.shape[1]))
        valid, salient = mask != IGNORE, (mask > 0) & (mask != IGNORE)
        if not valid.any():
            continue
        errors.append(float(np.abs(saliency - salient)[valid].mean()))
        if salient.any():
            rates.append(precision_recall(saliency, salient, valid))
    if not rates:
        return {
            "max_f": None,
            "mae": 100 * float(np.mean(errors)) if errors else None,
            "threshold": None,
        }
    precision, recall = np.mean(rates, axis=0)
    f = (1 + BETA2) * precision * recall / np.maximum(BETA2 * precision + recall, 1e-9)
    best = int(f.argmax())
    return {
        "max_f": round(100 * float(f[best]), 3),
        "mae": round(100 * float(np.mean(errors)), 3),
        "threshold": round(best / (LEVELS - 1), 3),
    }


def precision_recall(saliency: np.ndarray, salient: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Precision and recall, (2, 256), of the pixels whose saliency is at least t / 255, for t in
    0..255.

    `saliency` is float (H, W) in 0..1, `salient` bool (H, W) the truth, which holds at least one
    pixel, and `valid` bool (H, W) the pixels that count.
    """
    levels = np.rint(saliency[valid] * (LEVELS - 1)).astype(np.int64)
    hits = np.bincount(levels[salient[valid]], minlength=LEVELS)[::-1].cumsum()[::-1]
    given = np.bincount(levels, minlength=LEVELS)[::-1].cumsum()[::-1]
    return np.stack([hits / np.maximum(given, 1), hits / hits[0]])
