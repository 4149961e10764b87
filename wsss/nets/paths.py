"""Affinities from boundaries: 1 minus the largest boundary on the straight path between two cells
(IRNet; docs/methods.md#irnet).

Pairs of cells are those of `wsss/nets/pairs.py`: O offsets (dy, dx), each pair of cells once.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from wsss.nets.pair_kernels import cpu_path_maxima
from wsss.nets.pairs import offsets


def path(dy: int, dx: int) -> list[tuple[int, int]]:
    """The cells of the straight path from (0, 0) to (dy, dx), both included: those of the bounding
    box of the two whose distance to the line is below 1.
    """
    rows, columns = range(min(0, dy), max(0, dy) + 1), range(min(0, dx), max(0, dx) + 1)
    cells = []
    for y in rows:
        for x in columns:
            if (y * dx - x * dy) ** 2 < dy * dy + dx * dx:
                cells.append((y, x))
    return cells


def path_affinities(boundary: Tensor, radius: int) -> Tensor:
    """1 - the largest boundary on the path to each neighbour nearer than `radius`: (N, O, h, w).

    `boundary` is float32 (N, h, w) in 0..1. O counts the offsets of a half plane, so each pair is
    there once. The affinity is 0 where the neighbour is outside the grid. The gradient of a path
    goes to the cell of its largest boundary.
    """
    maxima: Tensor = _PathMaxima.apply(boundary, radius)
    return 1 - maxima


class _PathMaxima(torch.autograd.Function):
    """The largest boundary on each path. It saves the cell of each maximum for the gradient."""

    @staticmethod
    def forward(ctx: Any, boundary: Tensor, radius: int) -> Tensor:
        """From the boundary, float32 (N, h, w), to the maxima (N, O, h, w); 1 where the neighbour
        is outside the grid.
        """
        cells, starts = path_cells(radius)
        find_maxima = cpu_path_maxima if boundary.device.type == "cpu" else torch_path_maxima
        maxima, index = find_maxima(boundary, cells, starts)
        ctx.save_for_backward(index)
        ctx.size = boundary.shape
        return maxima

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """From the gradient with respect to the maxima (N, O, h, w) to that with respect to the
        boundary (N, h, w): each path gives its gradient to its highest cell.
        """
        (index,) = ctx.saved_tensors
        n, cells = len(gradient), ctx.size[1] * ctx.size[2]
        out = gradient.new_zeros(n, cells + 1)  # entry h * w collects neighbours outside the grid
        out.scatter_add_(1, index.flatten(1).long(), gradient.flatten(1))
        return out[:, :-1].view(ctx.size), None


def path_cells(radius: int) -> tuple[np.ndarray, np.ndarray]:
    """The cells of the paths to all O neighbours nearer than `radius`, and where each path starts.

    `cells` is int64 (P, 2): (dy, dx) of each cell relative to the path's first cell, path after
    path; the neighbour is the last cell of its path. `starts` is int64 (O + 1,): path o is
    cells[starts[o] : starts[o + 1]].
    """
    cells: list[tuple[int, int]] = []
    lengths = [0]
    for neighbour in offsets(radius):
        before = [cell for cell in path(*neighbour) if cell != neighbour]
        cells += [*before, neighbour]
        lengths.append(len(before) + 1)
    return np.array(cells, np.int64).reshape(-1, 2), np.cumsum(lengths)


def torch_path_maxima(
    boundary: Tensor, cells: np.ndarray, starts: np.ndarray
) -> tuple[Tensor, Tensor]:
    """The largest boundary on each path (N, O, h, w), and the flat index y * w + x of the cell
    where it lies, int32. Where the neighbour is outside the grid: 1, and h * w.

    `boundary` is float32 (N, h, w); `cells` and `starts` come from `path_cells`. On the CPU
    `cpu_path_maxima` computes the same; a test compares them.
    """
    n, height, width = boundary.shape
    maxima = boundary.new_ones(n, len(starts) - 1, height, width)
    index = torch.full(maxima.shape, height * width, dtype=torch.int32, device=boundary.device)
    flat_index = torch.arange(height * width, dtype=torch.int32, device=boundary.device)
    flat_index = flat_index.view(height, width)
    for o in range(len(starts) - 1):
        # offsets lie in the half plane below and right, so dy >= 0
        dy, dx = (int(v) for v in cells[starts[o + 1] - 1])
        left, right = max(0, -dx), min(width, width - dx)
        if dy >= height or left >= right:
            continue
        on_path, index_on_path = [], []
        for y, x in cells[starts[o] : starts[o + 1]]:
            rows, columns = slice(y, y + height - dy), slice(left + x, right + x)
            on_path.append(boundary[:, rows, columns])
            index_on_path.append(flat_index[rows, columns])
        values, highest = torch.stack(on_path).max(dim=0)
        indices = torch.stack(index_on_path)[:, None].expand(-1, n, -1, -1)
        maxima[:, o, : height - dy, left:right] = values
        index[:, o, : height - dy, left:right] = indices.gather(0, highest[None])[0]
    return maxima, index
