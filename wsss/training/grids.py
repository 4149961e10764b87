"""Label maps on the grid of a loss."""

import torch.nn.functional as F
from torch import Tensor


def labels_on(labels: Tensor, size: tuple[int, int]) -> Tensor:
    """Labels int64 (N, H, W) on a grid, int64 (N, *size): a cell gets the label at its centre."""
    return F.interpolate(labels[:, None].float(), size, mode="nearest-exact")[:, 0].long()
