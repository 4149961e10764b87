"""Saliency by a network that was trained on other photos: the probability of its one class,
averaged over scales.
"""

import numpy as np
import torch.nn.functional as F

from wsss.nets.multiscale import grid_of, multi_scale, photo_tensor
from wsss.saliency.inputs import SaliencyInput
from wsss.saliency.learned_settings import LearnedSettings

STRIDE = 4
"""pixels for each cell of the grid on which scales are averaged"""


def learned_saliency(item: SaliencyInput, settings: LearnedSettings) -> np.ndarray:
    """The probability of the foreground, float32 (H, W) in 0..1, averaged over scales."""
    image = photo_tensor(item.pixels, item.device, settings.long_side)
    total = multi_scale(
        image, settings, grid_of(image, STRIDE), lambda x: item.network(x).float().softmax(dim=1)
    )
    share = total[1:] / total.sum(dim=0, keepdim=True)
    full = F.interpolate(share[None], item.size, mode="bilinear", align_corners=False)[0, 0]
    return full.clamp(0, 1).cpu().numpy()
