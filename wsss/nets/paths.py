"""Affinities by what lies between two cells: 1 minus the highest boundary on the straight path
(IRNet; docs/methods.md#irnet).
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from wsss.nets.pair_kernels import cpu_path_maxima
from wsss.nets.pairs import offsets


def path(dy: int, dx: int) -> list[tuple[int, int]]:
    """The cells between (0, 0) and (dy, dx), both included: those of their box less than a cell
    from the line.
    """
    rows, columns = range(min(0, dy), max(0, dy) + 1), range(min(0, dx), max(0, dx) + 1)
    cells = []
    for y in rows:
        for x in columns:
            if (y * dx - x * dy) ** 2 < dy * dy + dx * dx:
                cells.append((y, x))
    return cells


def path_affinities(boundary: Tensor, radius: int) -> Tensor:
    """1 - the largest boundary on the path to every neighbour nearer than `radius`: (N, O, h, w), 0
    outside the grid.

    `boundary` float32 (N, h, w) in 0..1. The gradient goes to the cell of each path's largest
    boundary.
    """
    highest: Tensor = _PathMaxima.apply(boundary, radius)
    return 1 - highest


class _PathMaxima(torch.autograd.Function):
    """The largest boundary on each path, whose cell is kept, so that the gradient finds it."""

    @staticmethod
    def forward(ctx: Any, boundary: Tensor, radius: int) -> Tensor:
        """Boundary float32 (N, h, w) to the paths' maxima (N, O, h, w), 1 outside the grid."""
        cells, starts = path_cells(radius)
        maxima = cpu_path_maxima if boundary.device.type == "cpu" else torch_path_maxima
        highest, where = maxima(boundary, cells, starts)
        ctx.save_for_backward(where)
        ctx.size = boundary.shape
        return highest

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """The gradient to the maxima (N, O, h, w) to that to the boundary (N, h, w), summed at each
        path's highest cell.
        """
        (where,) = ctx.saved_tensors
        n, cells = len(gradient), ctx.size[1] * ctx.size[2]
        out = gradient.new_zeros(n, cells + 1)  # the last place takes what belongs to no path
        out.scatter_add_(1, where.flatten(1).long(), gradient.flatten(1))
        return out[:, :-1].view(ctx.size), None


def path_cells(radius: int) -> tuple[np.ndarray, np.ndarray]:
    """The cells of the paths to all O neighbours nearer than `radius`, for `cpu_path_maxima` and
    `torch_path_maxima`.

    Gives int64 (P, 2), the (dy, dx) of all cells, path after path, the neighbour last in each; and
    int64 (O + 1,): path o has the cells from number o to number o + 1 of these.
    """
    cells: list[tuple[int, int]] = []
    lengths = [0]
    for neighbour in offsets(radius):
        between = [cell for cell in path(*neighbour) if cell != neighbour]
        cells += [*between, neighbour]
        lengths.append(len(between) + 1)
    return np.array(cells, np.int64).reshape(-1, 2), np.cumsum(lengths)


def torch_path_maxima(
    boundary: Tensor, cells: np.ndarray, starts: np.ndarray
) -> tuple[Tensor, Tensor]:
    """As `cpu_path_maxima`, a path at a time: what runs on a GPU, and the twin that the CPU's is
    tested against.
    """
    n, height, width = boundary.shape
    highest = boundary.new_ones(n, len(starts) - 1, height, width)
    where = torch.full(highest.shape, height * width, dtype=torch.int32, device=boundary.device)
    numbers = torch.arange(height * width, dtype=torch.int32, device=boundary.device).view(
        height, width
    )
    for o in range(len(starts) - 1):
        dy, dx = (int(v) for v in cells[starts[o + 1] - 1])
        left, right = max(0, -dx), min(width, width - dx)
        if dy >= height or left >= right:
            continue
        on_path, named_on_path = [], []
        for y, x in cells[starts[o] : starts[o + 1]]:
            rows, columns = slice(y, y + height - dy), slice(left + x, right + x)
            on_path.append(boundary[:, rows, columns])
            named_on_path.append(numbers[rows, columns])
        values, place = torch.stack(on_path).max(dim=0)
        named = torch.stack(named_on_path)[:, None].expand(-1, n, -1, -1)
        highest[:, o, : height - dy, left:right] = values
        where[:, o, : height - dy, left:right] = named.gather(0, place[None])[0]
    return highest, where
