"""Confident areas of a photo (docs/methods.md#psa, docs/methods.md#irnet): the label of each pixel
where the maps and the dense CRF leave no doubt, IGNORE elsewhere.

`prob` maps bring a background: a label is certain where its CRF marginal passes a threshold. `cam`
maps have no background, so the CRF runs twice. With a strong background (low alpha, or the constant
`class_above`) a class that wins is certain. With a weak background (high alpha, or the constant
`background_below`) background that wins is certain. Each method says below what it does where the
two runs contradict each other.
"""

import numpy as np
from scipy import ndimage

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
    """PSA's confident areas, uint8 (H, W), of a photo (uint8 (H, W, 3)) and its map.

    The backgrounds of a `cam` map are (1 - max)^alpha. The CRF starts from the scores. Background
    that wins as the weak one is certain, even where a class wins against the strong one.

    With `window` 8 the mean is taken over the cell of affinities whose centre the pixel is. So the
    label that a training reads there is that of the published code, which averages over the cells
    of each crop.
    """
    scores = upsample(item)
    if item.kind == "prob":
        return _by_probability(item.labels, dense_crf(photo, scores, settings), settings)
    strong, weak = settings.alpha_low, settings.alpha_high  # a lower power gives more background
    stacks = []
    for alpha in (strong, weak):
        stacks.append(np.concatenate([power_background(scores, alpha), scores]))
    marginals = []
    for stack in dense_crfs(photo, stacks, settings):
        marginals.append(average_around(stack, settings.window))
    return decide_between_two(item.labels, marginals)


def average_around(scores: np.ndarray, side: int) -> np.ndarray:
    """The mean of scores (K, H, W) over a square of `side` pixels around each pixel; outside of the
    photo they count as 0. Of an even side the larger half lies before the pixel.
    """
    if side == 1:
        return scores
    averaged: np.ndarray = ndimage.uniform_filter(scores, (0, side, side), mode="constant")
    return averaged


def ir_labels(photo: np.ndarray, item: ScoreMap, settings: IrnConfidentSettings) -> np.ndarray:
    """IRNet's confident areas, uint8 (H, W), of a photo (uint8 (H, W, 3)) and its map.

    The backgrounds of a `cam` map are constants. The CRF starts from the label that wins at each
    pixel. A class that wins against the strong background is certain. Background is certain where
    both CRFs find background.
    """
    scores = upsample(item)
    if item.kind == "prob":
        return _by_probability(item.labels, dense_crf(photo, scores, settings), settings)
    stacks = []
    for constant in (settings.class_above, settings.background_below):  # strong, weak
        stacks.append(_labels_as_scores(scores, constant, settings.certainty))
    labels = np.concatenate([[0], item.labels])
    marginals_strong, marginals_weak = dense_crfs(photo, stacks, settings)
    strong = labels[marginals_strong.argmax(axis=0)]
    weak = labels[marginals_weak.argmax(axis=0)]
    background = (strong == 0) & (weak == 0)
    return np.where((strong > 0) | background, strong, IGNORE).astype(np.uint8)


def _labels_as_scores(scores: np.ndarray, background: float, certainty: float) -> np.ndarray:
    """Probabilities (K + 1, H, W), background first, of class scores (K, H, W) and a constant
    `background`: `certainty` for the largest score of a pixel; the other labels share the rest.
    """
    stack = np.concatenate([np.full((1, *scores.shape[1:]), background, np.float32), scores])
    winner = stack.argmax(axis=0) == np.arange(len(stack))[:, None, None]
    return np.where(winner, certainty, (1 - certainty) / max(1, len(scores))).astype(np.float32)


def _by_probability(
    labels: np.ndarray, marginals: np.ndarray, settings: ConfidentSettings
) -> np.ndarray:
    """Of CRF marginals (K + 1, H, W) of `labels` (K + 1,) the most likely label, uint8 (H, W),
    where it passes `background_above` or `foreground_above`, else IGNORE.
    """
    best = labels[marginals.argmax(axis=0)]
    needed = np.where(best == 0, settings.background_above, settings.foreground_above)
    return np.where(marginals.max(axis=0) > needed, best, IGNORE).astype(np.uint8)
