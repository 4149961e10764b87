"""Pair distances and their gradient on the CPU, compiled: one pass over the features, a cell's channels side by side.

In torch each of the 34 offsets reads and writes tensors of the features' size several times; here nothing of that size
is written but the gradient.
"""

import numba
import numpy as np
import torch
from torch import Tensor


def cpu_distances(features: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """mean_k |f_i - f_j| of features float32 (N, D, h, w): (N, O, h, w), 0 where offset `near[o]` leaves the grid."""
    cells = features.detach().permute(0, 2, 3, 1).contiguous().numpy()
    out = np.zeros((len(cells), len(near), *cells.shape[1:3]), np.float32)
    _with_torch_s_threads()
    _distances(cells, np.array(near, np.int64).reshape(-1, 2), out)
    return torch.from_numpy(out)


def cpu_gradient(features: Tensor, gradient: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """The gradient to the features (N, D, h, w), given that to the distances (N, O, h, w)."""
    cells = features.detach().permute(0, 2, 3, 1).contiguous().numpy()
    out = np.zeros_like(cells)
    _with_torch_s_threads()
    _gradient(cells, gradient.detach().contiguous().numpy(), np.array(near, np.int64).reshape(-1, 2), out)
    return torch.from_numpy(out).permute(0, 3, 1, 2)


def _with_torch_s_threads() -> None:
    numba.set_num_threads(min(torch.get_num_threads(), numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]


@numba.njit(parallel=True, fastmath=True, cache=True)
def _distances(cells, near, out):  # type: ignore[no-untyped-def]
    n, height, width, depth = cells.shape
    for row in numba.prange(n * height):
        i, y = row // height, row % height
        for x in range(width):
            for o in range(len(near)):
                v, u = y + near[o, 0], x + near[o, 1]
                if v < height and 0 <= u < width:
                    total = np.float32(0)
                    for k in range(depth):
                        total += abs(cells[i, y, x, k] - cells[i, v, u, k])
                    out[i, o, y, x] = total / depth


@numba.njit(parallel=True, fastmath=True, cache=True)
def _gradient(cells, gradient, near, out):  # type: ignore[no-untyped-def]
    """Every cell gathers from its neighbours on both sides, so no two threads write to one place."""
    n, height, width, depth = cells.shape
    for row in numba.prange(n * height):
        i, y = row // height, row % height
        for x in range(width):
            for o in range(len(near)):
                for side in (-1, 1):
                    v, u = y + side * near[o, 0], x + side * near[o, 1]
                    if 0 <= v < height and 0 <= u < width:
                        g = (gradient[i, o, y, x] if side == 1 else gradient[i, o, v, u]) / np.float32(depth)
                        if g != 0:
                            for k in range(depth):
                                difference = cells[i, y, x, k] - cells[i, v, u, k]
                                out[i, y, x, k] += g * (np.float32(difference > 0) - np.float32(difference < 0))
