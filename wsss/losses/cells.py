"""Sparse labels on the grid of a loss."""

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.data.images import IGNORE


def labels_in_cells(labels: Tensor, size: tuple[int, int]) -> Tensor:
    """Labels int64 (N, H, W) on a grid, int64 (N, *size): the label of all labelled pixels of a
    cell; IGNORE where they have two labels, or none is labelled.

    Strokes are thinner than a cell, so the label at its centre would lose most of them.
    """
    known = labels != IGNORE
    highest = F.adaptive_max_pool2d(torch.where(known, labels, -1).float(), size)
    lowest = -F.adaptive_max_pool2d(torch.where(known, -labels, -IGNORE).float(), size)
    return torch.where(highest == lowest, highest, IGNORE).long()
