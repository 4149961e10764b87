"""Pairs of nearby grid cells: the half plane of offsets within a radius, and how far apart the
features of each pair are.

Everything about pairs has the shape (N, O, h, w): entry [n, o, y, x] is about cell (y, x) and its
neighbour at offset o. Every pair inside the grid is there once, edges included; entries whose
neighbour lies outside hold a filling.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from wsss.nets.pair_kernels import cpu_distances, cpu_gradient

Slices = tuple[slice, slice]


def offsets(radius: int) -> list[tuple[int, int]]:
    """(dy, dx) of every neighbour nearer than `radius` in the half plane below and right: 34 for
    radius 5.
    """
    found = []
    for dy in range(radius):
        for dx in range(-radius + 1, radius):
            below_or_right = dy > 0 or dx > 0
            if below_or_right and dy * dy + dx * dx < radius * radius:
                found.append((dy, dx))
    return found


def neighbours(values: Tensor, radius: int, filling: int) -> Tensor:
    """(N, h, w) -> (N, O, h, w): every cell's neighbour at every offset, `filling` outside the
    grid.
    """
    out = values.new_full((len(values), len(offsets(radius)), *values.shape[1:]), filling)
    for o, source, target in slices(values.shape[1:], offsets(radius)):
        out[:, o, source[0], source[1]] = values[:, target[0], target[1]]
    return out


def pair_distances(features: Tensor, radius: int) -> Tensor:
    """mean_k |f_i - f_j| of features float32 (N, D, h, w) for every pair, (N, O, h, w); 0 outside
    the grid.

    PSA's affinity is exp of its negative. Keeps no pair's differences for the gradient: it makes
    them anew.
    """
    distances: Tensor = _Distances.apply(features, radius)
    return distances


class _Distances(torch.autograd.Function):
    """`pair_distances` and its gradient, each compiled on a processor and in torch elsewhere."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, radius: int) -> Tensor:
        ctx.save_for_backward(features)
        ctx.radius = radius
        return (cpu_distances if features.device.type == "cpu" else torch_distances)(
            features, offsets(radius)
        )

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (features,) = ctx.saved_tensors
        function = cpu_gradient if features.device.type == "cpu" else torch_gradient
        return function(features, gradient, offsets(ctx.radius)), None


def torch_distances(features: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """`pair_distances` in torch, an offset at a time: what runs on a GPU, and the twin that the
    CPU's is tested against.
    """
    n, _, height, width = features.shape
    out = features.new_zeros(n, len(near), height, width)
    for o, source, target in slices(features.shape[2:], near):
        difference = features[:, :, source[0], source[1]] - features[:, :, target[0], target[1]]
        out[:, o, source[0], source[1]] = difference.abs().mean(dim=1)
    return out


def torch_gradient(features: Tensor, gradient: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """The gradient of `torch_distances` to the features, given that to the distances."""
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
    """For each offset that fits: its number, the slices of the cells that have that neighbour, and
    of the neighbours.
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
