"""Resizes maps of a batch."""

import torch.nn.functional as F
from torch import Tensor


def resize_maps(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, K, h, w) resized to `size`, bilinear without antialiasing, as in SEAM."""
    same = tuple(maps.shape[-2:]) == tuple(size)
    return maps if same else F.interpolate(maps, size, mode="bilinear", align_corners=False)
