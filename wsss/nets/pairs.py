"""Pairs of nearby grid cells: the offsets to neighbours within a radius, and the distances of the
features of each pair.

N photos, O offsets (dy, dx), maps of h x w cells. Whatever belongs to pairs has the shape
(N, O, h, w): entry [n, o, y, x] is about cell (y, x) and its neighbour (y + dy, x + dx) at offset
o. Offsets cover a half plane, so each pair is there once. Entries whose neighbour is outside the
grid hold a filling value.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from wsss.nets.pair_kernels import cpu_distances, cpu_gradient

Slices = tuple[slice, slice]


def offsets(radius: int) -> list[tuple[int, int]]:
    """(dy, dx) of every neighbour nearer than `radius` in the half plane below and right, where
    dy > 0, or dy = 0 and dx > 0. Radius 5 has 34.
    """
    found = []
    for dy in range(radius):
        for dx in range(-radius + 1, radius):
            below_or_right = dy > 0 or dx > 0
            if below_or_right and dy * dy + dx * dx < radius * radius:
                found.append((dy, dx))
    return found


def inner_cells(size: tuple[int, int], radius: int) -> Tensor:
    """A mask, bool (h, w), of the cells whose pairs the published code of PSA and IRNet forms: all
    but the last radius - 1 rows, and the first and the last radius - 1 columns. There every offset
    leads to a cell of the grid.
    """
    inner = torch.zeros(size, dtype=torch.bool)
    reach = radius - 1
    inner[: max(0, size[0] - reach), reach : max(0, size[1] - reach)] = True
    return inner


def neighbours(values: Tensor, radius: int, filling: int) -> Tensor:
    """The value of every cell's neighbour at every offset: (N, h, w) -> (N, O, h, w), `filling`
    where the neighbour is outside the grid.
    """
    out = values.new_full((len(values), len(offsets(radius)), *values.shape[1:]), filling)
    for o, source, target in slices(values.shape[1:], offsets(radius)):
        out[:, o, source[0], source[1]] = values[:, target[0], target[1]]
    return out


def pair_distances(features: Tensor, radius: int) -> Tensor:
    """The distance of each pair, mean over channels of |f_i - f_j|: (N, O, h, w), 0 where the
    neighbour is outside the grid. PSA's affinity is exp(-distance).

    `features` is float32 (N, D, h, w). To save memory the backward pass computes the differences
    again.
    """
    distances: Tensor = _Distances.apply(features, radius)
    return distances


class _Distances(torch.autograd.Function):
    """`pair_distances` and its gradient: compiled kernels on the CPU, torch on other devices."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, radius: int) -> Tensor:
        """The distances; keeps what `backward` needs."""
        ctx.save_for_backward(features)
        ctx.radius = radius
        function = cpu_distances if features.device.type == "cpu" else torch_distances
        return function(features, offsets(radius))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (features,) = ctx.saved_tensors
        function = cpu_gradient if features.device.type == "cpu" else torch_gradient
        return function(features, gradient, offsets(ctx.radius)), None


def torch_distances(features: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """The distance of each pair, mean over channels of |f_i - f_j|: (N, O, h, w), 0 where the
    neighbour is outside the grid.

    `features` is (N, D, h, w), `near` the O offsets. On the CPU `cpu_distances` computes the same;
    a test compares them.
    """
    n, _, height, width = features.shape
    out = features.new_zeros(n, len(near), height, width)
    for o, source, target in slices(features.shape[2:], near):
        difference = features[:, :, source[0], source[1]] - features[:, :, target[0], target[1]]
        out[:, o, source[0], source[1]] = difference.abs().mean(dim=1)
    return out


def torch_gradient(features: Tensor, gradient: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """From the gradient with respect to the distances (N, O, h, w) to that with respect to the
    features (N, D, h, w). On the CPU `cpu_gradient` computes the same.
    """
    out = torch.zeros_like(features)
    for o, source, target in slices(features.shape[2:], near):
        sign = (features[:, :, source[0], source[1]] - features[:, :, target[0], target[1]]).sign()
        part = sign * (gradient[:, o, source[0], source[1]] / features.shape[1])[:, None]
        out[:, :, source[0], source[1]] += part
        out[:, :, target[0], target[1]] -= part
    return out


def slices(
    size: tuple[int, ...], near: list[tuple[int, int]]
) -> Iterator[tuple[int, Slices, Slices]]:
    """For each offset of `near` that fits into a grid of `size` (h, w): its index o, the (rows,
    columns) of the cells whose neighbour is inside the grid, and those of the neighbours.
    """
    height, width = size
    for o, (dy, dx) in enumerate(near):
        if dy < height and abs(dx) < width:
            left, right = max(0, -dx), max(0, dx)
            yield (
                o,
                (slice(0, height - dy), slice(left, width - right)),
                (slice(dy, height), slice(right, width - left)),
            )
