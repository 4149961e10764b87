"""DFR (Zhang et al., arXiv 2108.01296), as far as it can be reconstructed (docs/methods.md#dfr): a
windowed CRF loss whose kernel has the network's own features, computed anew at each step, and a
loss by which these features learn which cells belong together.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.losses.cells import labels_in_cells
from wsss.losses.gated import gate_of, window_grid
from wsss.losses.regulariser import Given, OnGrid, Regulariser, Value
from wsss.losses.regulariser_settings import DfrSettings
from wsss.losses.windows import Pair, PairKernel, colour_kernel, crf_in_windows, pairs_in

EPSILON = 1e-5
"""keeps probabilities of a pair away from 0 and 1"""


class Dfr(Regulariser):
    """Both losses. The features come from the network's head (nets/feature_head.py)."""

    reads_features = True

    def value(self, given: Given) -> Value:
        """The weighted sum of both losses, and each weighted one as a part."""
        s = self.settings
        grid = window_grid(given, s)
        features = unit_features(given, grid)
        kernel = deep_kernel(grid, features.detach() if s.detach else features, s)
        gate = gate_of(given, grid, s)
        crf = s.weight * crf_in_windows(grid.p, grid.region, gate, s.radius, kernel, s.scaling)
        labels = supervising_labels(given, grid, s)
        consistency = s.consistency * consistency_loss(features, labels, s)
        parts = {"dfr": float(crf.detach()), "consistency": float(consistency.detach())}
        return crf + consistency, parts


def unit_features(given: Given, grid: OnGrid) -> Tensor:
    """The features on the grid, float32 (N, D, h, w), each cell's of length 1."""
    assert given.features is not None
    size = (grid.p.shape[2], grid.p.shape[3])
    resized = F.interpolate(given.features.float(), size, mode="bilinear", align_corners=False)
    return F.normalize(resized, dim=1)


def deep_kernel(grid: OnGrid, features: Tensor, settings: DfrSettings) -> PairKernel:
    """The kernel of colour and position times exp(-(1 - cos) / s) of the features of both cells."""
    shallow = colour_kernel(
        grid.colours, settings.bilateral_xy / settings.stride, settings.bilateral_rgb
    )

    def kernel(pair: Pair) -> Tensor:
        """The kernel of the pairs at one offset."""
        return shallow(pair) * torch.exp((pair.dot(features) - 1) / settings.feature_deviation)

    return kernel


def supervising_labels(given: Given, grid: OnGrid, settings: DfrSettings) -> Tensor:
    """The labels of the cells, int64 (N, h, w): those of the photo, and later also confident
    predictions; IGNORE elsewhere and in the padding.
    """
    labels = labels_in_cells(given.labels, (grid.p.shape[2], grid.p.shape[3]))
    if given.progress < settings.confident_after:
        return labels
    best, predicted = grid.p.detach().max(dim=1)
    taken = (labels == IGNORE) & (best > settings.confident) & (grid.region[:, 0] > 0)
    return torch.where(taken, predicted, labels)


def consistency_loss(features: Tensor, labels: Tensor, settings: DfrSettings) -> Tensor:
    """The binary cross-entropy of the relation of two cells in a window, against whether both have
    one label; 0 without labelled pairs.

    `features` (N, D, h, w) have length 1; `labels` are int64 (N, h, w). A pair with IGNORE does not
    count. With `balance: kinds` it is half the mean over pairs of one label and half the mean over
    the others; a kind without pairs is left out.
    """
    sums, counts = features.new_zeros(2), features.new_zeros(2)
    for pair in pairs_in((labels.shape[1], labels.shape[2]), settings.radius):
        one, other = pair.first(labels[:, None])[:, 0], pair.second(labels[:, None])[:, 0]
        known = (one != IGNORE) & (other != IGNORE)
        related = relation_of(pair.dot(features), settings.relation)
        for kind, chosen in enumerate((known & (one == other), known & (one != other))):
            loss = -(related if kind == 0 else 1 - related).clamp(min=EPSILON).log()
            sums[kind] = sums[kind] + (loss * chosen).sum()
            counts[kind] = counts[kind] + chosen.sum()
    return mean_of_kinds(sums, counts, settings.balance)


def relation_of(cosine: Tensor, relation: str) -> Tensor:
    """The probability in 0..1 that two cells have one label, from the cosine of their features."""
    return (cosine.relu() if relation == "relu" else (1 + cosine) / 2).clamp(max=1)


def mean_of_kinds(sums: Tensor, counts: Tensor, balance: str) -> Tensor:
    """The mean loss from sums and counts (2,) of both kinds of pairs."""
    if balance == "pairs":
        return sums.sum() / counts.sum().clamp(min=1)
    means = sums / counts.clamp(min=1)
    return means.sum() / (counts > 0).sum().clamp(min=1)
