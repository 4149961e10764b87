"""Many steps of a random walk over a grid, without a matrix
(docs/methods.md#random-walk-without-a-matrix). A short recurrence takes the place of one product
per step.

One step replaces a cell's scores by the mean of its own and its neighbours', weighted by symmetric
affinities: T = D^-1 A. T^t is D^-1/2 S^t D^1/2 with S = D^-1/2 A D^-1/2, whose eigenvalues lie
within -1..1, and on that interval x^t = sum_j c_j T_j(x) with Chebyshev's polynomials T_j and the
binomial weights c_j = 2 * binom(t, (t - j) / 2) / 2^t (half of that for j = 0). The weights sum to
1 and fall like exp(-j^2 / 2t), so what lies beyond some 6 sqrt(t) products is below single
precision: 256 steps need 84 products.
"""

import math
from functools import cache

import numpy as np
import torch
from torch import Tensor

from wsss.nets.pair_kernels import cpu_products
from wsss.nets.pairs import offsets, slices

LEFT_OUT = 1e-7
"""sum of the weights that are left out, the largest relative error of a walk (in the norm that D
gives)"""


def walk(scores: Tensor, affinity: Tensor, radius: int, steps: int) -> Tensor:
    """Scores float32 (K, h, w) after `steps` steps of the walk.

    `affinity` float32 (O, h, w): every pair's weight; what it holds for neighbours outside the grid
    is not read.

    Entry [o, y, x] is about cell (y, x) and its neighbour at offset o of `offsets(radius)`; a
    cell's weight to itself is 1. Inside it is double precision: the recurrence's sums would lose
    two digits of single.
    """
    near, affinity, scores = offsets(radius), affinity.double(), scores.double()
    root = (1 + sum_weights(affinity, near)).sqrt()
    weights = normalise_symmetrically(affinity, 1 / root, near)
    own = 1 / root.square()
    products = cpu_products if scores.device.type == "cpu" else torch_products
    kept = chebyshev_weights(steps)
    before, now = scores * root, products(scores * root, weights, own, near)
    total = kept[0] * before + (kept[1] * now if len(kept) > 1 else 0)
    for weight in kept[2:]:
        before, now = now, 2 * products(now, weights, own, near) - before
        total += weight * now
    return (total / root).float()


@cache
def chebyshev_weights(steps: int) -> list[float]:
    """The weights c_0.. of T_0(x).. in x^steps, up to the last one that matters."""
    weights = np.array([_chebyshev_weight(steps, j) for j in range(steps + 1)])
    beyond = weights[::-1].cumsum()[::-1]  # beyond[j]: this weight and all after it
    return [float(w) for w in weights[beyond > LEFT_OUT]]


def _chebyshev_weight(steps: int, j: int) -> float:
    """The weight c_j of T_j(x) in x^steps: a binomial coefficient over a power of 2."""
    if (steps - j) % 2:
        return 0.0
    log = (
        math.lgamma(steps + 1)
        - math.lgamma((steps - j) / 2 + 1)
        - math.lgamma((steps + j) / 2 + 1)
        - steps * math.log(2)
    )
    return (1 if j == 0 else 2) * math.exp(log)


def sum_weights(affinity: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """The sum of each cell's weights to its neighbours, (h, w)."""
    out = torch.zeros_like(affinity[0])
    for o, source, target in slices(affinity.shape[1:], near):
        out[source] += affinity[o][source]
        out[target] += affinity[o][source]
    return out


def normalise_symmetrically(affinity: Tensor, scale: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """affinity_ij * scale_i * scale_j for every pair, (O, h, w)."""
    out = torch.zeros_like(affinity)
    for o, source, target in slices(affinity.shape[1:], near):
        out[o][source] = affinity[o][source] * scale[source] * scale[target]
    return out


def torch_products(
    scores: Tensor, weights: Tensor, own: Tensor, near: list[tuple[int, int]]
) -> Tensor:
    """The product of the symmetric matrix with scores (K, h, w): what runs on a GPU, and the twin
    of the compiled one.
    """
    out = scores * own
    for o, source, target in slices(weights.shape[1:], near):
        w = weights[o][source]
        out[:, source[0], source[1]] += w * scores[:, target[0], target[1]]
        out[:, target[0], target[1]] += w * scores[:, source[0], source[1]]
    return out
