"""Exact mean field of the dense CRF on a small grid: the kernel as a matrix, a batch of photos at
once, on any device.

Same energy and same symmetric normalisation as the lattice version in mean_field.py; for grids up
to some 64 x 64 cells.
"""

import torch
from torch import Tensor

from wsss.nets.precision import full_precision


@torch.no_grad()
@full_precision
def mean_field(
    energy: Tensor,
    photos: Tensor,
    gaussian_xy: float,
    gaussian_weight: float,
    bilateral_xy: float,
    bilateral_rgb: float,
    bilateral_weight: float,
    iterations: int,
) -> Tensor:
    """Marginals (N, K, h, w) of unary energies (N, K, h, w), photos float (N, 3, h, w) in 0..255 on
    the same grid.
    """
    positions = _positions(photos)
    colours = photos.flatten(2).transpose(1, 2) / bilateral_rgb
    kernel = _kernel(torch.cat([positions / bilateral_xy, colours], dim=2)).mul_(bilateral_weight)
    kernel += gaussian_weight * _kernel(positions[:1] / gaussian_xy)  # the same for every photo
    unary = -energy.flatten(2)
    q = unary.softmax(dim=1)
    for _ in range(iterations):
        q = (unary + torch.bmm(q, kernel)).softmax(dim=1)
    return q.view_as(energy)


def _positions(photos: Tensor) -> Tensor:
    """Row and column of every cell, (N, n, 2)."""
    height, width = photos.shape[2:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    grid = torch.stack([rows, columns], dim=-1).view(1, -1, 2).to(photos)
    return grid.expand(len(photos), -1, -1)


def _kernel(features: Tensor) -> Tensor:
    """D^-1/2 exp(-|f_i - f_j|^2 / 2) D^-1/2 of features (N, n, d): (N, n, n), symmetric."""
    kernel = torch.cdist(features, features).square_().mul_(-0.5).exp_()
    scale = kernel.sum(dim=2, keepdim=True).rsqrt()
    return kernel.mul_(scale).mul_(scale.transpose(1, 2))
