"""The random walk of PSA and IRNet: a Chebyshev recurrence on the grid against squaring the matrix.

- `random_walk`: 47 x 63 cells (a VOC photo at stride 8), 256 steps, 4 channels, against the matrix
  in float32;
- `random_walk_stride_4`: 94 x 125 cells, one thread; the matrix would have 0.55 GB and the
  squarings 26 TFLOP, so what stands against it is one step at a time by scipy's sparse matrix;
- `random_walk_scaling`: seconds and memory at four sizes of photos up to 2048 x 1536, stride 8.

    python benchmarks/random_walk.py
"""

import json
import resource
import time

import numpy as np
import torch
from scipy import sparse

from common import compare
from wsss.affinity.random_walk import walk
from wsss.nets.pairs import neighbours, offsets, pair_distances

LABELS, LOG_STEPS, RADIUS = 4, 8, 5


def weights_of(height: int, width: int) -> torch.Tensor:
    features = torch.rand(1, 64, height, width, generator=torch.Generator().manual_seed(0))
    inside = neighbours(torch.zeros(1, height, width, dtype=torch.int64), RADIUS, -1)[0] == 0
    return torch.exp(-8 * pair_distances(features, RADIUS))[0] * inside


def matrix_of(weights: torch.Tensor) -> sparse.csr_matrix:
    """The transition matrix, rows sum to 1."""
    _, height, width = weights.shape
    cells = np.arange(height * width)
    other = (
        neighbours(torch.from_numpy(cells.reshape(1, height, width)), RADIUS, -1)[0]
        .flatten(1)
        .numpy()
    )
    o, i = np.nonzero(other >= 0)
    j, a = other[o, i], weights.flatten(1).numpy()[o, i]
    index = np.concatenate([cells, i, j]), np.concatenate([cells, j, i])
    matrix = sparse.csr_matrix((np.concatenate([np.ones(cells.size, np.float32), a, a]), index))
    return sparse.diags(1 / np.asarray(matrix.sum(axis=1)).ravel()).astype(np.float32) @ matrix


def main() -> None:
    scores = torch.rand(LABELS, 47, 63, generator=torch.Generator().manual_seed(1))
    weights = weights_of(47, 63)
    dense = torch.from_numpy(matrix_of(weights).toarray())

    def squared() -> torch.Tensor:
        t = dense
        for _ in range(LOG_STEPS):
            t = t @ t
        return (t @ scores.flatten(1).T).T.view_as(scores)

    torch.set_num_threads(2)
    compare(
        "random_walk",
        lambda: walk(scores, weights, RADIUS, 2**LOG_STEPS),
        squared,
        grid=[47, 63],
        steps=2**LOG_STEPS,
        difference=float((walk(scores, weights, RADIUS, 2**LOG_STEPS) - squared()).abs().max()),
    )
    torch.set_num_threads(1)
    stride_4(94, 125)
    scaling()


def stride_4(height: int, width: int) -> None:
    scores, weights = torch.rand(LABELS, height, width), weights_of(height, width)
    matrix = matrix_of(weights)

    def step_by_step() -> np.ndarray:
        x = scores.flatten(1).numpy().T
        for _ in range(2**LOG_STEPS):
            x = matrix @ x
        return x

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    walk(scores, weights, RADIUS, 2**LOG_STEPS)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    compare(
        "random_walk_stride_4",
        lambda: walk(scores, weights, RADIUS, 2**LOG_STEPS),
        step_by_step,
        repeats=3,
        threads=1,
        grid=[height, width],
        more_mb=grown,
        weights_mb=round(weights.nbytes / 2**20, 1),
    )


def scaling() -> None:
    rows = []
    for width, height in ((256, 192), (512, 384), (1024, 768), (2048, 1536)):
        scores, weights = (
            torch.rand(LABELS, height // 8, width // 8),
            weights_of(height // 8, width // 8),
        )
        started = time.perf_counter()
        walk(scores, weights, RADIUS, 2**LOG_STEPS)
        rows.append(
            {
                "photo": [width, height],
                "microseconds_a_cell": round(
                    1e6 * (time.perf_counter() - started) / scores[0].numel(), 2
                ),
            }
        )
    print(
        json.dumps(
            {
                "name": "random_walk_scaling",
                "steps": 2**LOG_STEPS,
                "pairs_a_cell": 2 * len(offsets(RADIUS)),
                "threads": 1,
                "sizes": rows,
            }
        )
    )


if __name__ == "__main__":
    main()
