"""The dense energy loss of RRM (Zhang et al., AAAI 2020; docs/methods.md#dense-energy): the dense
CRF loss, in which each cell has a gate.

The gate of a cell without label is 1. That of a labelled cell is what its largest probability
leaves: there the labels teach the network already.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.losses.regularised import LEAST, DenseRegulariser, Energy, Filtered, crf_sum, weighted
from wsss.losses.regulariser import Given, OnGrid, Value


class DenseEnergy(DenseRegulariser):
    """The dense energy loss as a regulariser."""

    name = "dense_energy"

    def value(self, given: Given) -> Value:
        """The weighted loss, and the same as its part."""
        grid = self.grid_of(given)
        gates = gates_of(given, grid)

        def formula(filtered: Filtered) -> Energy:
            """The message that a cell gets counts as far as its gate is open."""
            return self.formula(filtered._replace(message=filtered.message * gates), gates)

        return self.on_grid(given, grid, formula)

    def formula(self, filtered: Filtered, gates: Tensor | float = 1.0) -> Energy:
        """Scaled as the settings say, times its weight; `filtered` has gated messages.

        As published, the gradient is -2 times the gated message: it takes the gates as constant,
        and leaves out what a cell does to the messages of others.
        """
        s = self.settings
        energy = gated_share(filtered, gates) if s.scaling == "pairs" else crf_sum(filtered)
        return weighted(s.weight, energy)


def gates_of(given: Given, grid: OnGrid) -> Tensor:
    """The gate of each cell, float32 (N, 1, h, w) in 0..1, without gradient: 1 for a cell without
    label, else max(0, R - max_k S_k), R the region. A cell has the label at its centre.
    """
    size = (grid.p.shape[2], grid.p.shape[3])
    labels = F.interpolate(given.labels[:, None].float(), size, mode="nearest-exact")
    largest = grid.p.detach().amax(dim=1, keepdim=True)
    left = (grid.region - largest).clamp(min=0)
    return torch.where(labels == IGNORE, torch.ones_like(left), left)


def gated_share(f: Filtered, gates: Tensor | float) -> Energy:
    """The gated affinity to other labels as a share of the photo's whole affinity, in 0..1:
    sum_i g_i (d_i - sum_k S_ik (W S)_ik) / sum_i d_i. `f` has gated messages.
    """
    total = f.degree.sum(dim=(1, 2, 3)).clamp(min=LEAST)
    agreement = (f.p * f.message).sum(dim=(1, 2, 3))
    value = ((f.degree * gates).sum(dim=(1, 2, 3)) - agreement) / total
    return Energy(value, -2 * f.message / total[:, None, None, None])
