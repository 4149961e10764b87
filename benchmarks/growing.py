"""Seeded region growing of a batch of 20 at 41 x 41 x 21 against a loop over pixels.

    python benchmarks/growing.py

`share_of_step` and `crf_share_of_step` are what growing and the CRF on the grid take of a training
step of DSRG: batch 20, crop 321, DeepLab-ASPP on lite0 at stride 16, two threads.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from common import compare
from wsss.data.images import IGNORE
from wsss.seeds.dsrg import Dsrg
from wsss.seeds.dsrg_settings import DsrgSettings
from wsss.seeds.growing import grow

BATCH, LABELS, SIDE = 20, 21, 41


def by_pixels(p: np.ndarray, seeds: np.ndarray, theta_fg: float, theta_bg: float) -> np.ndarray:
    """The same by walking from every seed over its 8 neighbours."""
    result = seeds.copy()
    for n in range(len(p)):
        best = p[n].argmax(axis=0)
        confident = p[n].max(axis=0) > np.where(best == 0, theta_bg, theta_fg)
        candidates = np.where(confident, best, seeds[n])
        for label in np.unique(seeds[n][seeds[n] != IGNORE]):
            stack = [
                (y, x) for y, x in zip(*np.nonzero((seeds[n] == label) & (candidates == label)))
            ]
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
    shares = {name: round(share, 3) for name, share in shares_of_step().items()}
    compare(
        "growing",
        lambda: grow(*tensors, 0.85, 0.95),
        lambda: by_pixels(p, seeds, 0.85, 0.95),
        batch=BATCH,
        **shares,
    )


def shares_of_step() -> dict[str, float]:
    """Time in growing and in the CRF over the time of whole steps: forward, losses, backward,
    update.
    """
    torch.set_num_threads(2)
    torch.manual_seed(0)
    task = Dsrg(
        DsrgSettings(backbone="tf_efficientnet_lite0", hidden=0, output_stride=16), LABELS - 1
    )
    task.network.train()
    spent = {"share_of_step": 0.0, "crf_share_of_step": 0.0}
    task.supervised = timed(task.supervised, spent, "share_of_step")
    task._smoothed = timed(task._smoothed, spent, "crf_share_of_step")
    optimiser = torch.optim.SGD([w for w in task.network.parameters() if w.requires_grad], lr=1e-3)
    batch = {
        "image": torch.rand(BATCH, 3, 321, 321),
        "tags": torch.eye(LABELS - 1),
        "labels": seed_maps(),
    }
    task.loss(batch)
    spent.update(dict.fromkeys(spent, 0.0))
    started = time.perf_counter()
    for _ in range(3):
        optimiser.zero_grad()
        task.loss(batch)[0].backward()
        optimiser.step()
    whole = time.perf_counter() - started
    return {name: seconds / whole for name, seconds in spent.items()}


def timed(function: Callable[..., Any], spent: dict[str, float], name: str) -> Callable[..., Any]:
    def run(*args: Any) -> Any:
        started = time.perf_counter()
        result = function(*args)
        spent[name] += time.perf_counter() - started
        return result

    return run


def seed_maps() -> torch.Tensor:
    """Seeds of a class in the middle of each photo, of the background at its left."""
    labels = torch.full((BATCH, 321, 321), IGNORE)
    labels[:, :, :40] = 0
    labels[:, 120:200, 120:200] = torch.arange(1, BATCH + 1).view(-1, 1, 1)
    return labels


if __name__ == "__main__":
    main()
