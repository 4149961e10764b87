"""Exact mean field of the dense CRF on a small grid, for a batch of photos, on any device.

The kernel is a full matrix, so this is for grids up to some 64 x 64 cells. Energy and symmetric
normalisation are those of mean_field.py, which filters whole photos by a lattice.
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
    """The marginals (N, K, h, w) after `iterations` updates; no gradient.

    `energy` are unary energies (N, K, h, w), such as -log p. `photos` (N, 3, h, w) are floats in
    0..255 on the same grid. Deviations are in cells (xy) and colour levels (rgb).
    """
    positions = _positions(photos)
    colours = photos.flatten(2).transpose(1, 2) / bilateral_rgb
    kernel = _kernel(torch.cat([positions / bilateral_xy, colours], dim=2)).mul_(bilateral_weight)
    kernel += gaussian_weight * _kernel(positions[:1] / gaussian_xy)  # equal for all photos
    unary = -energy.flatten(2)
    q = unary.softmax(dim=1)
    for _ in range(iterations):
        q = (unary + torch.bmm(q, kernel)).softmax(dim=1)
    return q.view_as(energy)


def _positions(photos: Tensor) -> Tensor:
    """Row and column of each of the n = h w cells, (N, n, 2)."""
    height, width = photos.shape[2:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    grid = torch.stack([rows, columns], dim=-1).view(1, -1, 2).to(photos)
    return grid.expand(len(photos), -1, -1)


def _kernel(features: Tensor) -> Tensor:
    """The normalised kernel D^-1/2 G D^-1/2, (N, n, n), of features f (N, n, d).

    G_ij = exp(-|f_i - f_j|^2 / 2), and D is the diagonal matrix of G's row sums.
    """
    kernel = torch.cdist(features, features).square_().mul_(-0.5).exp_()
    scale = kernel.sum(dim=2, keepdim=True).rsqrt()
    return kernel.mul_(scale).mul_(scale.transpose(1, 2))
