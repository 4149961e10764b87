"""Kernels over all pairs of nearby cells, compiled for the CPU: distances, their gradient,
products, path maxima.

In torch each of the 34 offsets reads and writes tensors of the features' size several times; here
nothing of that size is written but the gradient.

Nothing here is compiled with `fastmath`: sums would be in an order that the compiler chooses, which
is another one when the compiled code is read from numba's cache, and equal work would give unequal
bytes. Innermost loops run over cells, so that they are vectors without it.
"""

import numba
import numpy as np
import torch
from torch import Tensor


def cpu_distances(features: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """mean_k |f_i - f_j| of features float32 (N, D, h, w): (N, O, h, w), 0 where offset `near[o]`
    leaves the grid.
    """
    planes = features.detach().contiguous().numpy()
    out = np.zeros((len(planes), len(near), *planes.shape[2:]), np.float32)
    _with_torch_s_threads()
    _distances(planes, _table(near), out)
    return torch.from_numpy(out)


def cpu_gradient(features: Tensor, gradient: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """The gradient to the features (N, D, h, w), given that to the distances (N, O, h, w)."""
    cells = features.detach().permute(0, 2, 3, 1).contiguous().numpy()
    out = np.zeros_like(cells)
    _with_torch_s_threads()
    _gradient(cells, gradient.detach().contiguous().numpy(), _table(near), out)
    return torch.from_numpy(out).permute(0, 3, 1, 2)


def cpu_products(
    scores: Tensor, weights: Tensor, own: Tensor, near: list[tuple[int, int]]
) -> Tensor:
    """The product of a symmetric matrix with scores float64 (K, h, w): weights (O, h, w) of pairs,
    `own` (h, w) diagonal.
    """
    out = torch.empty_like(scores, memory_format=torch.contiguous_format)
    _with_torch_s_threads()
    _products(
        scores.contiguous().numpy(),
        weights.numpy(),
        own.contiguous().numpy(),
        _table(near),
        out.numpy(),
    )
    return out


def cpu_path_maxima(
    boundary: Tensor, cells: np.ndarray, starts: np.ndarray
) -> tuple[Tensor, Tensor]:
    """The largest of boundary float32 (N, h, w) on the path from each cell to its neighbour at each
    offset, (N, O, h, w).

    `cells` (P, 2) are the cells of all paths relative to their start, the neighbour last, path o
    from `starts[o]` to `starts[o + 1]`. Also the number of the cell where it lies, int32. Where the
    neighbour is outside the grid: 1, and h * w.
    """
    n, height, width = boundary.shape
    highest = torch.ones(n, len(starts) - 1, height, width)
    where = torch.full(highest.shape, height * width, dtype=torch.int32)
    _with_torch_s_threads()
    _path_maxima(
        boundary.detach().contiguous().numpy(), cells, starts, highest.numpy(), where.numpy()
    )
    return highest, where


def _table(near: list[tuple[int, int]]) -> np.ndarray:
    return np.array(near, np.int64).reshape(-1, 2)


def _with_torch_s_threads() -> None:
    """Both share OpenMP, and numba, where it begins, sets OpenMP's threads to all cores: they are
    set back.
    """
    threads = torch.get_num_threads()
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]
    torch.set_num_threads(threads)


@numba.njit(parallel=True, cache=True)
def _distances(planes, near, out):  # type: ignore[no-untyped-def]
    n, depth, height, width = planes.shape
    for row in numba.prange(n * height):
        i, y = row // height, row % height
        for o in range(len(near)):
            dy, dx = near[o, 0], near[o, 1]
            left, right = max(0, -dx), min(width, width - dx)
            if y + dy < height:
                total = out[i, o, y, left:right]
                for k in range(depth):
                    here, there = (
                        planes[i, k, y, left:right],
                        planes[i, k, y + dy, left + dx : right + dx],
                    )
                    for x in range(len(total)):
                        total[x] += abs(here[x] - there[x])
                for x in range(len(total)):
                    total[x] /= np.float32(depth)


@numba.njit(parallel=True, cache=True)
def _gradient(cells, gradient, near, out):  # type: ignore[no-untyped-def]
    """Every cell gathers from its neighbours on both sides, so no two threads write to one
    place.
    """
    n, height, width, depth = cells.shape
    for row in numba.prange(n * height):
        i, y = row // height, row % height
        for x in range(width):
            for o in range(len(near)):
                for side in (-1, 1):
                    v, u = y + side * near[o, 0], x + side * near[o, 1]
                    if 0 <= v < height and 0 <= u < width:
                        g = (
                            gradient[i, o, y, x] if side == 1 else gradient[i, o, v, u]
                        ) / np.float32(depth)
                        if g != 0:
                            for k in range(depth):
                                difference = cells[i, y, x, k] - cells[i, v, u, k]
                                out[i, y, x, k] += g * (
                                    np.float32(difference > 0) - np.float32(difference < 0)
                                )


@numba.njit(parallel=True, cache=True)
def _products(scores, weights, own, near, out):  # type: ignore[no-untyped-def]
    """Every row gathers from the rows above and below, neighbouring cells side by side in the
    innermost loop.
    """
    labels, height, width = scores.shape
    for y in numba.prange(height):
        for k in range(labels):
            for x in range(width):
                out[k, y, x] = own[y, x] * scores[k, y, x]
        for o in range(len(near)):
            dy, dx = near[o, 0], near[o, 1]
            left, right = max(0, -dx), min(width, width - dx)
            if y + dy < height:
                for k in range(labels):
                    for x in range(left, right):
                        out[k, y, x] += weights[o, y, x] * scores[k, y + dy, x + dx]
            if y - dy >= 0:
                for k in range(labels):
                    for x in range(left, right):
                        out[k, y, x + dx] += weights[o, y - dy, x] * scores[k, y - dy, x]


@numba.njit(parallel=True, cache=True)
def _path_maxima(boundary, cells, starts, highest, where):  # type: ignore[no-untyped-def]
    n, height, width = boundary.shape
    for row in numba.prange(n * height):
        i, y = row // height, row % height
        for o in range(len(starts) - 1):
            dy, dx = cells[starts[o + 1] - 1]
            if y + dy < height:
                for x in range(max(0, -dx), min(width, width - dx)):
                    best, place = np.float32(-1), 0
                    for p in range(starts[o], starts[o + 1]):
                        v, u = y + cells[p, 0], x + cells[p, 1]
                        if boundary[i, v, u] > best:
                            best, place = boundary[i, v, u], v * width + u
                    highest[i, o, y, x], where[i, o, y, x] = best, place
