"""The probabilities that a segmentation network gives a photo."""

from typing import Any

from torch import Tensor

from wsss.nets.inference_settings import MultiScaleSettings
from wsss.nets.multiscale import grid_of, multi_scale


def sum_probabilities(
    task: Any, image: Tensor, settings: MultiScaleSettings, stride: int
) -> Tensor:
    """The sum over scales and mirror images of the softmax of a network: float32 (K + 1, h, w), one
    cell for every `stride` pixels of the `image`, float (1, 3, H, W) in 0..1.
    """
    grid = grid_of(image, stride)
    return multi_scale(image, settings, grid, lambda x: task.network(x).float().softmax(dim=1))
