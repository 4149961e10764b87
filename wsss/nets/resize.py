"""Maps of a batch, resized."""

import torch.nn.functional as F
from torch import Tensor


def resize_maps(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear resize of (N, K, h, w), as SEAM resizes photos and maps."""
    same = tuple(maps.shape[-2:]) == tuple(size)
    return maps if same else F.interpolate(maps, size, mode="bilinear", align_corners=False)
