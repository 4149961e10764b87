"""Label maps on the grid that a network's loss works on."""

import torch.nn.functional as F
from torch import Tensor


def labels_on(labels: Tensor, size: tuple[int, int]) -> Tensor:
    """int64 (N, H, W) -> int64 (N, *size): of each cell the label at its middle, so ids are never
    mixed.
    """
    return F.interpolate(labels[:, None].float(), size, mode="nearest-exact")[:, 0].long()
