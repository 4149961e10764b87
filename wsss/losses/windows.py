"""Sums over pairs of cells in windows, by torch alone (docs/methods.md#gated-crf).

A window reaches `radius` rows and columns to each side of a cell. Each pair of cells is there once:
offsets cover the half of the window below and right of the cell.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from wsss.nets.pairs import Slices, slices

LEAST = 1e-6
"""least affinity that is divided by"""
PairKernel = Callable[["Pair"], Tensor]
"""from the pairs at one offset to the kernel of each, (N, h', w')"""


class Pair:
    """The pairs of cells at one offset (dy, dx): `first` and `second` cut a map (N, K, h, w) to the
    cells and to their partners, (N, K, h', w').
    """

    def __init__(self, offset: tuple[int, int], first: Slices, second: Slices) -> None:
        self.offset, self._first, self._second = offset, first, second

    def first(self, values: Tensor) -> Tensor:
        """The part of a map with the cells."""
        return values[:, :, self._first[0], self._first[1]]

    def second(self, values: Tensor) -> Tensor:
        """The part of a map with their partners."""
        return values[:, :, self._second[0], self._second[1]]

    def dot(self, values: Tensor) -> Tensor:
        """The sum over channels of the product of both, (N, h', w')."""
        return (self.first(values) * self.second(values)).sum(dim=1)


def pairs_in(size: tuple[int, int], radius: int) -> Iterator[Pair]:
    """The pairs of a grid of `size` (h, w) at each offset in the window."""
    offsets = window_offsets(radius)
    for o, first, second in slices(size, offsets):
        yield Pair(offsets[o], first, second)


def window_offsets(radius: int) -> list[tuple[int, int]]:
    """(dy, dx) of half of a square window without its centre: dy > 0, or dy = 0 and dx > 0."""
    found = []
    for dy in range(radius + 1):
        for dx in range(-radius, radius + 1):
            if dy > 0 or dx > 0:
                found.append((dy, dx))
    return found


def colour_kernel(colours: Tensor, xy: float, rgb: float) -> PairKernel:
    """exp(-|p_i - p_j|^2 / (2 xy^2) - |c_i - c_j|^2 / (2 rgb^2)) of positions p and colours c,
    which are (N, 3, h, w) in 0..255; `xy` is in cells.
    """

    def kernel(pair: Pair) -> Tensor:
        """The kernel of the pairs at one offset."""
        dy, dx = pair.offset
        far = (pair.first(colours) - pair.second(colours)).square().sum(dim=1) / rgb**2
        return torch.exp(-0.5 * (far + (dy * dy + dx * dx) / xy**2))

    return kernel


def crf_in_windows(
    p: Tensor, region: Tensor, gate: Tensor, radius: int, kernel: PairKernel, scaling: str
) -> Tensor:
    """The CRF loss over all ordered pairs (i, j) in a window, i in the gate and j in the region:
    sum K_ij (1 - S_i . S_j), averaged over photos.

    `p` is S (N, K, h, w); `region` and `gate` are float (N, 1, h, w) of 0 and 1. The sum is divided
    by sum K_ij (`pairs`; 0 for a photo without pairs), or by the number of cells (`published`).
    """
    cut, total = p.new_zeros(len(p)), p.new_zeros(len(p))
    gate = gate * region
    for pair in pairs_in((p.shape[2], p.shape[3]), radius):
        counted = pair.first(gate) * pair.second(region) + pair.second(gate) * pair.first(region)
        affinity = kernel(pair) * counted[:, 0]
        cut = cut + (affinity * (1 - pair.dot(p))).sum(dim=(1, 2))
        total = total + affinity.sum(dim=(1, 2))
    if scaling == "published":
        return (cut / p[0, 0].numel()).mean()
    return (cut / total.clamp(min=LEAST)).mean()
