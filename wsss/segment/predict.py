"""Predictions of a segmentation network: the argmax of probabilities that are averaged over scales,
joined with what else is known of the labels and, where the settings ask for it, smoothed by a dense
CRF.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.classify.tags import tag_probabilities
from wsss.crf.photo import dense_crf
from wsss.nets.multiscale import photo_tensor
from wsss.segment.predict_settings import PredictSettings
from wsss.segment.priors import decide_labels, join_priors
from wsss.segment.probabilities import probability_of_labels, sum_probabilities

STRIDE = 4
"""pixels of the photo (after long_side) to a cell on which scales are averaged"""


class Detail(NamedTuple):
    """What is predicted of a photo with known tags."""

    labels: np.ndarray
    """uint8 (H, W), 0 background; of the classes only tags"""
    probabilities: np.ndarray
    """float32 (K + 1, H, W), background first"""
    untold: np.ndarray
    """the labels that the network alone gives, uint8 (H, W), without tags, priors and CRF"""

    @property
    def confidence(self) -> np.ndarray:
        """The probability of each pixel's label, float32 (H, W)."""
        return probability_of_labels(self.labels, self.probabilities)


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
    sums = _sum_at_pixels(task, image, photo, settings)
    return _finish(sums, image, photo, settings, tags, tagger, factors)


def predict_detail(
    task: Any,
    photo: np.ndarray,
    settings: PredictSettings,
    device: torch.device,
    tags: tuple[int, ...] | None = None,
    tagger: Any = None,
    factors: tuple[float, ...] | None = None,
) -> Detail:
    """The labels of `predict_labels`, which has the same arguments, their probabilities, and what
    the network sees without the tags.
    """
    image = photo_tensor(photo, device, settings.long_side, settings.warp)
    sums = _sum_at_pixels(task, image, photo, settings)
    untold = sums.argmax(dim=0).to(torch.uint8).cpu().numpy()
    found = _finish(sums, image, photo, settings, tags, tagger, factors)
    as_array = found if isinstance(found, np.ndarray) else found.cpu().numpy()
    return Detail(decide(found, settings), as_array, untold)


def _sum_at_pixels(
    task: Any, image: Tensor, photo: np.ndarray, settings: PredictSettings
) -> Tensor:
    """The network's probabilities of the `image` of a photo, summed over scales and mirror images,
    at the photo's own size: float32 (K + 1, H, W).
    """
    sums = sum_probabilities(task, image, settings, STRIDE, settings.sum_of)
    size = (photo.shape[0], photo.shape[1])
    return F.interpolate(sums[None], size, mode="bilinear", align_corners=False)[0]


def _finish(
    sums: Tensor,
    image: Tensor,
    photo: np.ndarray,
    settings: PredictSettings,
    tags: tuple[int, ...] | None,
    tagger: Any,
    factors: tuple[float, ...] | None,
) -> Tensor | np.ndarray:
    """The sums as probabilities, joined with what is known besides; changes `sums`."""
    if tags is not None:
        sums = _keep_labels(sums, (0, *tags))
    asks_tagger = settings.tag_prior != "none"
    likely = tag_probabilities(tagger, image, settings) if asks_tagger else None
    weights = None if factors is None else torch.tensor(factors, device=sums.device)
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
