"""Predictions of a segmentation network: the argmax of probabilities that are averaged over scales,
joined with what else is known of the labels and, where the settings ask for it, smoothed by a dense
CRF.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.classify.tags import tag_probabilities
from wsss.crf.photo import dense_crf
from wsss.nets.multiscale import photo_tensor
from wsss.segment.predict_settings import PredictSettings
from wsss.segment.priors import decide_labels, join_priors
from wsss.segment.probabilities import sum_probabilities

STRIDE = 4
"""pixels of the photo (after long_side) to a cell on which scales are averaged"""


def predict_labels(
    task: Any,
    photo: np.ndarray,
    settings: PredictSettings,
    device: torch.device,
    tags: tuple[int, ...] | None = None,
    tagger: Any = None,
    factors: tuple[float, ...] | None = None,
) -> np.ndarray:
    """Label ids, uint8 (H, W), of a photo (uint8 (H, W, 3)), never 255, by the network of `task`.

    Where `tags` (label ids) are given, only these and background are predicted. `tagger` is the
    classifier that `settings.tag_prior` needs unless it is none. `factors` on the labels,
    background first, multiply the probabilities.
    """
    probabilities = predict_probabilities(task, photo, settings, device, tags, tagger, factors)
    return decide(probabilities, settings)


def decide(probabilities: Tensor | np.ndarray, settings: PredictSettings) -> np.ndarray:
    """Label ids, uint8 (H, W), from what `predict_probabilities` gives."""
    if isinstance(probabilities, np.ndarray):
        return np.asarray(decide_labels(probabilities, settings), np.uint8)
    labels: np.ndarray = decide_labels(probabilities, settings).to(torch.uint8).cpu().numpy()
    return labels


def predict_probabilities(
    task: Any,
    photo: np.ndarray,
    settings: PredictSettings,
    device: torch.device,
    tags: tuple[int, ...] | None = None,
    tagger: Any = None,
    factors: tuple[float, ...] | None = None,
) -> Tensor | np.ndarray:
    """The probabilities (K + 1, H, W), background first, from which `predict_labels` decides, with
    the same arguments: a tensor on the device, or an array where a CRF made them.
    """
    image = photo_tensor(photo, device, settings.long_side, settings.warp)
    size = (photo.shape[0], photo.shape[1])
    sums = sum_probabilities(task, image, settings, STRIDE, settings.sum_of)
    sums = F.interpolate(sums[None], size, mode="bilinear", align_corners=False)[0]
    if tags is not None:
        sums = _keep_labels(sums, (0, *tags))
    asks_tagger = settings.tag_prior != "none"
    likely = tag_probabilities(tagger, image, settings) if asks_tagger else None
    weights = None if factors is None else torch.tensor(factors, device=device)
    probabilities = sums / sums.sum(dim=0, keepdim=True)
    probabilities = join_priors(probabilities, settings, weights, likely)
    # a CRF is asked for by its steps, or by a published row of its parameters
    if settings.iterations or settings.row != "own":
        marginals: np.ndarray = dense_crf(photo, probabilities.cpu().numpy(), settings)
        return marginals
    return probabilities


def _keep_labels(maps: Tensor, labels: tuple[int, ...]) -> Tensor:
    """Maps (K + 1, H, W), 0 except for these label ids; changes `maps`."""
    others = torch.ones(len(maps), dtype=torch.bool, device=maps.device)
    others[list(labels)] = False
    maps[others] = 0
    return maps
