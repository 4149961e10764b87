"""Kernels over all pairs of nearby cells, compiled for the CPU: distances, their gradient,
products, path maxima.

N photos, D feature channels, maps of h x w cells. `near` lists the O offsets (dy, dx) of
`wsss/nets/pairs.py`, all with dy >= 0. Entry [n, o, y, x] is about cell (y, x) and its neighbour
(y + dy, x + dx).

Kernels are faster than torch, which would read and write tensors of the features' size several
times for each of the 34 offsets of radius 5.

`fastmath` stays off. With it the compiler chooses the order of sums, and the order differs when
numba reads the compiled code from its cache, so two runs would differ in their last bits. Innermost
loops run over cells, so that they are vectorised without `fastmath`.
"""

import numba
import numpy as np
import torch
from torch import Tensor


def cpu_distances(features: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """The distance of each pair, mean over channels of |f_i - f_j|: (N, O, h, w), 0 where the
    neighbour is outside the grid. `features` is float32 (N, D, h, w).
    """
    planes = features.detach().contiguous().numpy()
    out = np.zeros((len(planes), len(near), *planes.shape[2:]), np.float32)
    _use_torch_threads()
    _distances(planes, _table(near), out)
    return torch.from_numpy(out)


def cpu_gradient(features: Tensor, gradient: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """From the gradient with respect to the distances (N, O, h, w) to that with respect to the
    features (N, D, h, w).
    """
    cells = features.detach().permute(0, 2, 3, 1).contiguous().numpy()
    out = np.zeros_like(cells)
    _use_torch_threads()
    _gradient(cells, gradient.detach().contiguous().numpy(), _table(near), out)
    return torch.from_numpy(out).permute(0, 3, 1, 2)


def cpu_products(
    scores: Tensor, weights: Tensor, diagonal: Tensor, near: list[tuple[int, int]]
) -> Tensor:
    """The product of a symmetric matrix over cells, (h * w, h * w), with each of K score maps.

    `scores` is float64 (K, h, w), as is the result. The matrix has the entries `diagonal` (h, w),
    `weights` (O, h, w) at the pairs, and 0 elsewhere.
    """
    out = torch.empty_like(scores, memory_format=torch.contiguous_format)
    _use_torch_threads()
    _products(
        scores.contiguous().numpy(),
        weights.numpy(),
        diagonal.contiguous().numpy(),
        _table(near),
        out.numpy(),
    )
    return out


def cpu_path_maxima(
    boundary: Tensor, cells: np.ndarray, starts: np.ndarray
) -> tuple[Tensor, Tensor]:
    """The largest boundary on the path from each cell to its neighbour at each offset, float32
    (N, O, h, w), and the flat index y * w + x of the cell where it lies, int32. Where the neighbour
    is outside the grid: 1, and h * w.

    `boundary` is float32 (N, h, w). `cells` (P, 2) holds the cells (dy, dx) of all paths relative
    to their first cell, the neighbour last; path o is cells[starts[o] : starts[o + 1]].
    """
    n, height, width = boundary.shape
    maxima = torch.ones(n, len(starts) - 1, height, width)
    index = torch.full(maxima.shape, height * width, dtype=torch.int32)
    _use_torch_threads()
    _path_maxima(
        boundary.detach().contiguous().numpy(), cells, starts, maxima.numpy(), index.numpy()
    )
    return maxima, index


def _table(near: list[tuple[int, int]]) -> np.ndarray:
    """Offsets as int64 (O, 2), also when there are none."""
    return np.array(near, np.int64).reshape(-1, 2)


def _use_torch_threads() -> None:
    """Run numba with as many threads as torch.

    Both share OpenMP. When numba starts, it sets OpenMP's threads to all cores; the last line sets
    torch's number again.
    """
    threads = torch.get_num_threads()
    most = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    numba.set_num_threads(min(threads, most))
    torch.set_num_threads(threads)


@numba.njit(parallel=True, cache=True)
def _distances(planes, near, out):  # type: ignore[no-untyped-def]
    """Add to `out` (N, O, h, w), which is 0, the distances of `planes` (N, D, h, w)."""
    n, depth, height, width = planes.shape
    for row in numba.prange(n * height):
        i, y = row // height, row % height
        for o in range(len(near)):
            dy, dx = near[o, 0], near[o, 1]
            left, right = max(0, -dx), min(width, width - dx)
            if y + dy < height:
                total = out[i, o, y, left:right]
                for k in range(depth):
                    here = planes[i, k, y, left:right]
                    there = planes[i, k, y + dy, left + dx : right + dx]
                    for x in range(len(total)):
                        total[x] += abs(here[x] - there[x])
                for x in range(len(total)):
                    total[x] /= np.float32(depth)


@numba.njit(parallel=True, cache=True)
def _gradient(cells, gradient, near, out):  # type: ignore[no-untyped-def]
    """Add to `out` (N, h, w, D), which is 0, the gradient with respect to `cells` (N, h, w, D).

    Each cell gathers from its neighbours in both half planes, so no two threads write to the same
    cell. `side` is 1 for the neighbour at the offset, -1 for the one opposite.
    """
    n, height, width, depth = cells.shape
    for row in numba.prange(n * height):
        i, y = row // height, row % height
        for x in range(width):
            for o in range(len(near)):
                for side in (-1, 1):
                    v, u = y + side * near[o, 0], x + side * near[o, 1]
                    if 0 <= v < height and 0 <= u < width:
                        of_pair = gradient[i, o, y, x] if side == 1 else gradient[i, o, v, u]
                        g = of_pair / np.float32(depth)
                        if g != 0:
                            for k in range(depth):
                                difference = cells[i, y, x, k] - cells[i, v, u, k]
                                out[i, y, x, k] += g * (
                                    np.float32(difference > 0) - np.float32(difference < 0)
                                )


@numba.njit(parallel=True, cache=True)
def _products(scores, weights, diagonal, near, out):  # type: ignore[no-untyped-def]
    """Fill `out` (K, h, w). Each row gathers from the rows below and above, so no two threads write
    to the same row.
    """
    labels, height, width = scores.shape
    for y in numba.prange(height):
        for k in range(labels):
            for x in range(width):
                out[k, y, x] = diagonal[y, x] * scores[k, y, x]
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
def _path_maxima(boundary, cells, starts, maxima, index):  # type: ignore[no-untyped-def]
    """Fill `maxima` and `index` (N, O, h, w) where the neighbour is inside the grid."""
    n, height, width = boundary.shape
    for row in numba.prange(n * height):
        i, y = row // height, row % height
        for o in range(len(starts) - 1):
            dy, dx = cells[starts[o + 1] - 1]
            if y + dy < height:
                for x in range(max(0, -dx), min(width, width - dx)):
                    highest, index_of_highest = np.float32(-1), 0
                    for p in range(starts[o], starts[o + 1]):
                        v, u = y + cells[p, 0], x + cells[p, 1]
                        if boundary[i, v, u] > highest:
                            highest, index_of_highest = boundary[i, v, u], v * width + u
                    maxima[i, o, y, x], index[i, o, y, x] = highest, index_of_highest
