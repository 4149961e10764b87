"""Predictions of a segmentation network: the argmax of probabilities that are averaged over scales
and, where the settings ask for it, smoothed by a dense CRF.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from wsss.crf.photo import dense_crf
from wsss.nets.multiscale import grid_of, multi_scale, photo_tensor
from wsss.segment.predict_settings import PredictSettings

STRIDE = 4
"""pixels of the photo (after long_side) to a cell on which scales are averaged"""


def predict_labels(
    task: Any,
    photo: np.ndarray,
    settings: PredictSettings,
    device: torch.device,
    tags: tuple[int, ...] | None = None,
) -> np.ndarray:
    """Label ids, uint8 (H, W), of a photo (uint8 (H, W, 3)), never 255, by the network of `task`.

    Where `tags` (label ids) are given, only these and background are predicted.
    """
    image = photo_tensor(photo, device, settings.long_side)
    size = (photo.shape[0], photo.shape[1])
    grid = grid_of(image, STRIDE)
    sums = multi_scale(image, settings, grid, lambda x: task.network(x).float().softmax(dim=1))
    sums = F.interpolate(sums[None], size, mode="bilinear", align_corners=False)[0]
    if tags is not None:
        others = torch.ones(len(sums), dtype=torch.bool, device=sums.device)
        others[[0, *tags]] = False
        sums[others] = 0
    probabilities = sums / sums.sum(dim=0, keepdim=True)
    # a CRF is asked for by its steps, or by a published row of its parameters
    if settings.iterations or settings.row != "own":
        marginals = dense_crf(photo, probabilities.cpu().numpy(), settings)
        return np.asarray(marginals.argmax(axis=0), np.uint8)
    labels: np.ndarray = probabilities.argmax(dim=0).to(torch.uint8).cpu().numpy()
    return labels
