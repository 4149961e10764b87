"""Joins the probabilities of a segmentation network with what else is known of the labels: factors
on labels, and the tags that a classifier sees (docs/methods.md#priors).
"""

from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from wsss.segment.predict_settings import PredictSettings

LEAST_TAG = 1e-6
"""the least probability of a tag, so that no pixel is left without any label"""
Maps = TypeVar("Maps", Tensor, np.ndarray)


def join_priors(
    probabilities: Tensor,
    settings: PredictSettings,
    factors: Tensor | None = None,
    tags: Tensor | None = None,
) -> Tensor:
    """Probabilities (K + 1, H, W), background first, after all priors; they sum to 1 at each pixel.

    `factors` (K + 1,) multiply the labels, then `settings.background` multiplies the background.
    `tags` (K,), needed unless `settings.tag_prior` is none, are the probabilities that the classes
    are in the photo. By `product` each class is multiplied by its tag (Pinheiro and Collobert, CVPR
    2015). By `foreground_first` the background keeps its probability, and the rest is
    divided among the classes in proportion to that product. Without any prior the probabilities are
    returned as they are.
    """
    if factors is None and settings.background == 1 and settings.tag_prior == "none":
        return probabilities
    weights = torch.ones_like(probabilities[:, 0, 0]) if factors is None else factors.clone()
    weights[0] *= settings.background
    weighted = probabilities * weights[:, None, None]
    if tags is None or settings.tag_prior == "none":
        return _divide_by_sum(weighted)
    background, classes = weighted[:1], weighted[1:] * tags.clamp(LEAST_TAG)[:, None, None]
    if settings.tag_prior == "foreground_first":
        foreground = weighted[1:].sum(dim=0, keepdim=True)
        classes = _divide_by_sum(classes) * foreground
    return _divide_by_sum(torch.cat([background, classes]))


def decide_labels(probabilities: Maps, settings: PredictSettings) -> Maps:
    """The label (H, W), an integer, of each pixel of probabilities (K + 1, H, W).

    It is the largest. By `foreground_first` a pixel is background unless the classes together
    exceed it; else it has the largest class.
    """
    labels: Maps = probabilities.argmax(0)
    if settings.tag_prior == "foreground_first":
        is_foreground = probabilities[1:].sum(0) > probabilities[0]
        labels = (probabilities[1:].argmax(0) + 1) * is_foreground
    return labels


def _divide_by_sum(maps: Tensor) -> Tensor:
    """Maps (K, H, W) divided by their sum over K; 0 where all are 0."""
    return maps / maps.sum(dim=0, keepdim=True).clamp(torch.finfo(maps.dtype).tiny)
