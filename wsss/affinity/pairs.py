"""Pairs of nearby grid cells: the half plane of offsets within a radius, and the affinity of each pair."""

from collections.abc import Iterator

import torch
from torch import Tensor

Slices = tuple[slice, slice]


def offsets(radius: int) -> list[tuple[int, int]]:
    """(dy, dx) of every neighbour nearer than `radius` in the half plane below and right: 34 for radius 5."""
    reach = range(-radius + 1, radius)
    return [(dy, dx) for dy in range(radius) for dx in reach
            if dy * dy + dx * dx < radius * radius and (dy > 0 or dx > 0)]


def pair_slices(height: int, width: int, radius: int) -> Iterator[tuple[Slices, Slices]]:
    """For each offset that fits: the slices of sources and of targets. Every pair inside the grid, edges included."""
    for dy, dx in offsets(radius):
        if dy < height and abs(dx) < width:
            left, right = max(0, -dx), max(0, dx)
            yield ((slice(0, height - dy), slice(left, width - right)),
                   (slice(dy, height), slice(right, width - left)))


def pair_affinity(features: Tensor, source: Slices, target: Slices) -> Tensor:
    """exp(-mean_k |f_i - f_j|) of features (N, D, h, w) for one offset's pairs: (N, h', w')."""
    difference = features[:, :, source[0], source[1]] - features[:, :, target[0], target[1]]
    return torch.exp(-difference.abs().mean(dim=1))
