"""Seeded region growing of a batch of 20 at 41 x 41 x 21 against a loop over pixels.

    python benchmarks/growing.py
"""

from common import compare

import numpy as np
import torch

from wsss.data.images import IGNORE
from wsss.seeds.growing import grow

BATCH, LABELS, SIDE = 20, 21, 41


def by_pixels(p: np.ndarray, seeds: np.ndarray, theta_fg: float, theta_bg: float) -> np.ndarray:
    """The same by walking from every seed over its 8 neighbours."""
    result = seeds.copy()
    for n in range(len(p)):
        best = p[n].argmax(axis=0)
        sure = p[n].max(axis=0) > np.where(best == 0, theta_bg, theta_fg)
        candidates = np.where(sure, best, seeds[n])
        for label in np.unique(seeds[n][seeds[n] != IGNORE]):
            stack = [(y, x) for y, x in zip(*np.nonzero((seeds[n] == label) & (candidates == label)))]
            seen = set(stack)
            while stack:
                y, x = stack.pop()
                result[n, y, x] = label
                for v in range(max(0, y - 1), min(SIDE, y + 2)):
                    for u in range(max(0, x - 1), min(SIDE, x + 2)):
                        free = candidates[v, u] == label and seeds[n, v, u] in (IGNORE, label)
                        if free and (v, u) not in seen:
                            seen.add((v, u))
                            stack.append((v, u))
    return result


def main() -> None:
    rng = np.random.default_rng(0)
    blocks = np.kron(rng.integers(0, 3, (BATCH, 6, 6)), np.ones((1, 7, 7), int))[:, :SIDE, :SIDE]
    p = (np.eye(LABELS)[blocks] * 0.98 + 0.02 / LABELS).transpose(0, 3, 1, 2).astype(np.float32)
    seeds = np.where(rng.random(blocks.shape) < 0.3, rng.integers(0, 3, blocks.shape), IGNORE)
    tensors = torch.from_numpy(p), torch.from_numpy(seeds)
    assert np.array_equal(grow(*tensors, 0.85, 0.95).numpy(), by_pixels(p, seeds, 0.85, 0.95))
    compare("growing", lambda: grow(*tensors, 0.85, 0.95), lambda: by_pixels(p, seeds, 0.85, 0.95), batch=BATCH)


if __name__ == "__main__":
    main()
