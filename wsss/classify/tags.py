"""What a classifier says of a whole photo: which classes are in it, and where it sees them."""

from typing import Any

import torch
from torch import Tensor

from wsss.classify.pooling import pool
from wsss.nets.inference_settings import MultiScaleSettings
from wsss.nets.multiscale import multi_scale
from wsss.run.errors import UserError


def maps_and_tags(
    task: Any, image: Tensor, settings: MultiScaleSettings, grid: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Class maps (C, h, w) on `grid` = (h, w), none negative, summed over scales and mirror images;
    and for each of the C classes the probability, float32, that it is in the photo.

    `task` is a classifier, `image` is float (1, 3, H, W) in 0..1. The probability is the sigmoid of
    the mean logit over scales and mirror images. UserError for a network that is no classifier.
    """
    if not hasattr(task.settings, "pooling"):
        raise UserError("the model is no classifier, so it knows no tags; give a classifier")
    scores: list[Tensor] = []

    def forward(images: Tensor) -> Tensor:
        maps: Tensor = task.network(images)[0]
        scores.append(pool(maps, task.settings))
        return maps.relu()

    maps = multi_scale(image, settings, grid, forward)
    return maps, torch.cat(scores).mean(dim=0).sigmoid()


def tag_probabilities(task: Any, image: Tensor, settings: MultiScaleSettings) -> Tensor:
    """The probability (C,), float32, that each class is in the photo, as `maps_and_tags`."""
    return maps_and_tags(task, image, settings, (1, 1))[1]
