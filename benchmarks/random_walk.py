"""PSA's random walk: sparse products against squaring the dense matrix, at a VOC photo's grid.

    python benchmarks/random_walk.py
"""

from common import compare

import numpy as np
import torch

from wsss.affinity.walk import transition, walk

HEIGHT, WIDTH, LABELS, LOG_STEPS = 47, 63, 4, 8


def main() -> None:
    torch.set_num_threads(2)
    features = torch.rand(1, 448, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0))
    scores = np.random.default_rng(0).random((LABELS, HEIGHT, WIDTH)).astype(np.float32)
    matrix = transition(features, 5, 8.0)
    dense = torch.from_numpy(matrix.toarray())

    def squared() -> np.ndarray:
        t = dense
        for _ in range(LOG_STEPS):
            t = t @ t
        return (t @ torch.from_numpy(scores.reshape(LABELS, -1).T)).T.numpy().reshape(scores.shape)

    ours, theirs = walk(scores, matrix, 2**LOG_STEPS), squared()
    difference = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    compare("random_walk", lambda: walk(scores, matrix, 2**LOG_STEPS), squared, relative_difference=difference,
            grid=[HEIGHT, WIDTH], steps=2**LOG_STEPS)


if __name__ == "__main__":
    main()
