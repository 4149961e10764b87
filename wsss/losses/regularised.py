"""Losses by a kernel between all pixels: dense CRF, normalised cut and kernel cut (Tang et al.,
CVPR 2018 and ECCV 2018; docs/methods.md#regularised-losses).

S (N, K, h, w) are probabilities, W the kernel, d = W 1 the degree of each cell. Cells outside of
the region take no part in sums, nor in W. One application of W gives the losses and their
gradients, in closed form.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from wsss.crf.batch_filter import filter_batch
from wsss.losses.regulariser import Given, OnGrid, Regulariser, Value, put_on_grid

LEAST = 1e-6
"""least affinity that is divided by"""
Kernel = Callable[[Tensor], Tensor]
"""from values (N, K, h, w) to W times them"""


class Filtered(NamedTuple):
    """Probabilities and the region, and what the kernel makes of them."""

    p: Tensor
    """S, (N, K, h, w), 0 outside of the region"""
    message: Tensor
    """W S, (N, K, h, w)"""
    degree: Tensor
    """d, (N, 1, h, w), 0 outside of the region"""


class Energy(NamedTuple):
    """A loss of each photo and its gradient."""

    value: Tensor
    """(N,)"""
    gradient: Tensor
    """with respect to S, (N, K, h, w)"""


Formula = Callable[[Filtered], Energy]


def crf_share(f: Filtered) -> Energy:
    """The dense CRF loss as a share of the whole affinity, in 0..1: 1 - sum_k S_k^T W S_k / 1^T d.

    It is the mean over all pairs, weighted by W, of the probability that their labels differ.
    """
    total = f.degree.sum(dim=(1, 2, 3)).clamp(min=LEAST)
    agreement = (f.p * f.message).sum(dim=(1, 2, 3))
    empty = f.degree.sum(dim=(1, 2, 3)) < LEAST
    value = torch.where(empty, 0.0, 1 - agreement / total)
    return Energy(value, -2 * f.message / total[:, None, None, None])


def crf_sum(f: Filtered) -> Energy:
    """The dense CRF loss as published: -sum_k S_k^T W S_k, which is negative. Its weight depends on
    crop and scale.
    """
    return Energy(-(f.p * f.message).sum(dim=(1, 2, 3)), -2 * f.message)


def normalised_cut(f: Filtered) -> Energy:
    """The normalised cut: the sum over labels of S_k^T W (1 - S_k) / d^T S_k, in 0..K."""
    inside = (f.p * f.message).sum(dim=(2, 3), keepdim=True)
    mass = (f.degree * f.p).sum(dim=(2, 3), keepdim=True).clamp(min=LEAST)
    empty = f.degree.sum(dim=(1, 2, 3)) < LEAST
    value = torch.where(empty, 0.0, (1 - inside / mass).sum(dim=(1, 2, 3)))
    return Energy(value, inside * f.degree / mass.square() - 2 * f.message / mass)


class _MeanEnergy(torch.autograd.Function):
    """The mean over photos of a formula, with the formula's own gradient."""

    @staticmethod
    def forward(ctx: Any, p: Tensor, region: Tensor, kernel: Kernel, formula: Formula) -> Tensor:
        """Keeps the gradient, which has the shape of `p`."""
        inside = p * region
        filtered = kernel(torch.cat([inside, region], dim=1)) * region
        energy = formula(Filtered(inside, filtered[:, :-1], filtered[:, -1:]))
        ctx.save_for_backward(energy.gradient * region / len(p))
        return energy.value.mean()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (kept,) = ctx.saved_tensors
        return gradient * kept, None, None, None


def mean_energy(p: Tensor, region: Tensor, kernel: Kernel, formula: Formula) -> Tensor:
    """The mean over photos of a formula of probabilities (N, K, h, w) in a region (N, 1, h, w).

    The gradient is exact for a symmetric kernel. It takes the probabilities of a cell as free.
    """
    value: Tensor = _MeanEnergy.apply(p, region, kernel, formula)
    return value


class DenseRegulariser(Regulariser):
    """A loss by the kernel between all cells of a smaller copy of the crop."""

    name = ""
    """name of the loss in the history"""

    @abstractmethod
    def formula(self, filtered: Filtered) -> Energy:
        """The loss of each photo."""

    def value(self, given: Given) -> Value:
        """The weighted loss, and the same as its part."""
        return self.on_grid(given, self.grid_of(given), self.formula)

    def grid_of(self, given: Given) -> OnGrid:
        """The batch on the grid of the loss."""
        side = max(1, round(given.images.shape[-1] * self.settings.scale))
        return put_on_grid(given, (side, side))

    def on_grid(self, given: Given, grid: OnGrid, formula: Formula) -> Value:
        """The mean of a formula over photos, and the same as its part."""
        s = self.settings
        shrunk = grid.p.shape[-1] / given.images.shape[-1]

        def kernel(values: Tensor) -> Tensor:
            """W, whose deviation in position shrinks with the crop."""
            colours, xy = grid.colours, s.bilateral_xy * shrunk
            return filter_batch(colours, values, xy, s.bilateral_rgb, s.filter)

        loss = mean_energy(grid.p, grid.region, kernel, formula)
        return loss, {self.name: float(loss.detach())}


class DenseCrf(DenseRegulariser):
    """The dense CRF loss."""

    name = "dense_crf"

    def formula(self, filtered: Filtered) -> Energy:
        """Scaled as the settings say, times its weight."""
        return weighted(self.settings.weight, scaled_crf(filtered, self.settings.scaling))


class NormalisedCut(DenseRegulariser):
    """The normalised cut loss."""

    name = "normalised_cut"

    def formula(self, filtered: Filtered) -> Energy:
        """Times its weight."""
        return weighted(self.settings.weight, normalised_cut(filtered))


class KernelCut(DenseRegulariser):
    """Dense CRF and normalised cut, by one application of the kernel."""

    name = "kernel_cut"

    def formula(self, filtered: Filtered) -> Energy:
        """The sum of both, each times its weight."""
        s = self.settings
        crf = weighted(s.crf_weight, scaled_crf(filtered, s.scaling))
        cut = weighted(s.cut_weight, normalised_cut(filtered))
        return Energy(crf.value + cut.value, crf.gradient + cut.gradient)


def scaled_crf(filtered: Filtered, scaling: str) -> Energy:
    """The dense CRF loss by the setting `scaling`."""
    return crf_share(filtered) if scaling == "pairs" else crf_sum(filtered)


def weighted(weight: float, energy: Energy) -> Energy:
    """An energy times a weight."""
    return Energy(weight * energy.value, weight * energy.gradient)
