"""The probabilities that a segmentation network gives a photo."""

from typing import Any

import numpy as np
from torch import Tensor

from wsss.nets.inference_settings import MultiScaleSettings
from wsss.nets.multiscale import grid_of, join_views, multi_scale
from wsss.run.errors import UserError


def sum_probabilities(
    task: Any, image: Tensor, settings: MultiScaleSettings, stride: int, of: str = "probabilities"
) -> Tensor:
    """The sum over scales and mirror images of the softmax of a network: float32 (K + 1, h, w), one
    cell for every `stride` pixels of the `image`, float (1, 3, H, W) in 0..1. `of` may say that
    logits are summed instead (`join_views`). UserError for a classifier.
    """

    def forward(images: Tensor) -> Tensor:
        """The network's logits, or their softmax."""
        logits = task.network(images)
        if not isinstance(logits, Tensor):  # class maps and features
            raise UserError(
                "the model is a classifier, which has no probability of the background; give a "
                "segmentation network, or predict by 'class_maps'"
            )
        return logits.float().softmax(dim=1) if of == "probabilities" else logits.float()

    sums = multi_scale(image, settings, grid_of(image, stride), forward)
    return join_views(sums, settings, of)


def probability_of_labels(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The probability of each pixel's label, float (H, W), from those of all labels, float
    (K + 1, H, W). The labels are uint8 (H, W).
    """
    ids = labels[None].astype(np.int64)
    chosen: np.ndarray = np.take_along_axis(probabilities, ids, axis=0)[0]
    return chosen
