"""Labels from maps that know nothing of some pixels, by a CRF (docs/methods.md#projection)."""

import numpy as np

from wsss.crf.depth import dense_crf_with_depth
from wsss.crf.photo import dense_crf
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.data.resize import resize_scores
from wsss.labels.proposal_settings import ProposalSettings

KNOWN_FROM = 0.5
"""sum of the scores of a pixel from which something is known of it"""


def propose_labels(
    photo: np.ndarray, item: ScoreMap, depth: np.ndarray | None, settings: ProposalSettings
) -> np.ndarray:
    """The labels, uint8 (H, W), of a photo, uint8 (H, W, 3), from a `prob` map.

    Where all scores of the map are 0, nothing is known: labels are equally likely before the CRF,
    and IGNORE after it, unless `fill` is set. `depth` is in metres, (H, W), 0 where it is missing.
    """
    scores = resize_scores(item.scores, item.size, item.covered)
    total = scores.sum(axis=0)
    known = total >= KNOWN_FROM
    even = np.full_like(scores, 1 / len(scores))
    scores = np.where(known, scores / np.maximum(total, KNOWN_FROM), even)
    marginals = _sharpen(photo, scores, depth, settings)
    labels: np.ndarray = item.labels[marginals.argmax(axis=0)].astype(np.uint8)
    unsure = marginals.max(axis=0) < settings.ignore_below
    labels[unsure if settings.fill and known.any() else unsure | ~known] = IGNORE
    return labels


def _sharpen(
    photo: np.ndarray, scores: np.ndarray, depth: np.ndarray | None, settings: ProposalSettings
) -> np.ndarray:
    """The marginals, float32 (K, H, W), of the CRF of the settings."""
    plain = settings.depth is None or depth is None or not (depth > 0).any()
    if plain or len(scores) == 1 or settings.iterations == 0:
        return dense_crf(photo, scores, settings)
    assert settings.depth is not None and depth is not None
    return dense_crf_with_depth(photo, depth, scores, settings.depth, settings)
