"""Confident areas of a photo (docs/methods.md#psa, docs/methods.md#irnet): label ids where the maps
and the dense CRF leave no doubt, IGNORE elsewhere.

`prob` maps have most values near 0 and 1: a label is certain there where its CRF marginal is high.
On `cam` maps a class is certain where it wins against a strong background, and the background where
it wins although it is weak. PSA and IRNet differ in what these backgrounds are.
"""

import numpy as np

from wsss.affinity.confident_settings import (
    ConfidentSettings,
    IrnConfidentSettings,
    PsaConfidentSettings,
)
from wsss.crf.photo import dense_crf, dense_crfs
from wsss.data.backgrounds import decide_between_two, power_background, upsample
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap


def psa_labels(photo: np.ndarray, item: ScoreMap, settings: PsaConfidentSettings) -> np.ndarray:
    """uint8 (H, W).

    The backgrounds of `cam` maps are (1 - max)^alpha, the scores go into the CRF as they are.
    """
    scores = upsample(item)
    if item.kind == "prob":
        return _by_probability(item.labels, dense_crf(photo, scores, settings), settings)
    stacks = []
    for alpha in (settings.alpha_low, settings.alpha_high):
        stacks.append(np.concatenate([power_background(scores, alpha), scores]))
    return decide_between_two(item.labels, dense_crfs(photo, stacks, settings))


def ir_labels(photo: np.ndarray, item: ScoreMap, settings: IrnConfidentSettings) -> np.ndarray:
    """uint8 (H, W).

    The backgrounds of `cam` maps are constants, the CRF starts from each pixel's label.

    Background is certain where both CRFs find it.
    """
    scores = upsample(item)
    if item.kind == "prob":
        return _by_probability(item.labels, dense_crf(photo, scores, settings), settings)
    stacks = []
    for constant in (settings.class_above, settings.background_below):
        stacks.append(_labels_as_scores(scores, constant, settings.certainty))
    strong, weak = dense_crfs(photo, stacks, settings)
    confident = decide_between_two(item.labels, [strong, weak])
    return np.where((confident == 0) & (strong.argmax(axis=0) > 0), IGNORE, confident).astype(
        np.uint8
    )


def _labels_as_scores(scores: np.ndarray, background: float, certainty: float) -> np.ndarray:
    """(K + 1, H, W): `certainty` for the label that wins against the constant `background`, the
    rest shared by others.
    """
    stack = np.concatenate([np.full((1, *scores.shape[1:]), background, np.float32), scores])
    winner = stack.argmax(axis=0) == np.arange(len(stack))[:, None, None]
    return np.where(winner, certainty, (1 - certainty) / max(1, len(scores))).astype(np.float32)


def _by_probability(
    labels: np.ndarray, marginals: np.ndarray, settings: ConfidentSettings
) -> np.ndarray:
    best = labels[marginals.argmax(axis=0)]
    needed = np.where(best == 0, settings.background_above, settings.foreground_above)
    return np.where(marginals.max(axis=0) > needed, best, IGNORE).astype(np.uint8)
