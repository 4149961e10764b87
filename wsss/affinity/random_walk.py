"""Many steps of a random walk over a grid, without its matrix
(docs/methods.md#random-walk-without-a-matrix).

One step replaces a cell's scores by the mean of its own and its neighbours', weighted by symmetric
affinities A: T = D^-1 A, where D holds the row sums of A. Let S = D^-1/2 A D^-1/2. Then
T^t = D^-1/2 S^t D^1/2, and the eigenvalues of S lie in -1..1.

On that interval x^t = sum_j c_j P_j(x), with the Chebyshev polynomials P_j and the weights
c_j = 2 * binom(t, (t - j) / 2) / 2^t for even t - j (half of that for j = 0), else 0. The weights
sum to 1 and fall like exp(-j^2 / 2t), so those from about j = 5.3 sqrt(t) on are left out. By the
recurrence P_(j+1) = 2 x P_j - P_(j-1) each further term costs one product with S: 256 steps need 84
products.
"""

import math
from functools import cache

import numpy as np
import torch
from torch import Tensor

from wsss.nets.pair_kernels import cpu_products
from wsss.nets.pairs import offsets, slices

LEFT_OUT = 1e-7
"""largest sum of the weights that are left out; it bounds the relative error of a walk, in the norm
weighted by D"""


def walk(scores: Tensor, affinity: Tensor, radius: int, steps: int) -> Tensor:
    """Scores float32 (K, h, w) after `steps` steps of the walk.

    `affinity` is float32 (O, h, w): entry [o, y, x] weighs the pair of cell (y, x) and its
    neighbour at the o-th of the O half-plane `offsets(radius)`. Entries of neighbours outside the
    grid are not read. The weight of a cell to itself is 1.
    """
    near = offsets(radius)
    # double precision: the sums of the recurrence would cost two digits of single
    affinity, scores = affinity.double(), scores.double()
    root = (1 + sum_weights(affinity, near)).sqrt()  # D^1/2
    weights = normalise_symmetrically(affinity, 1 / root, near)
    diagonal = 1 / root.square()  # of S: a cell's weight to itself is 1
    products = cpu_products if scores.device.type == "cpu" else torch_products
    kept = chebyshev_weights(steps)
    before, now = scores * root, products(scores * root, weights, diagonal, near)
    total = kept[0] * before + (kept[1] * now if len(kept) > 1 else 0)
    for weight in kept[2:]:
        before, now = now, 2 * products(now, weights, diagonal, near) - before
        total += weight * now
    return (total / root).float()


@cache
def chebyshev_weights(steps: int) -> list[float]:
    """The weights c_0, c_1, ... of P_0(x), P_1(x), ... in x^steps. The last ones, whose sum is at
    most LEFT_OUT, are left out.
    """
    weights = np.array([_chebyshev_weight(steps, j) for j in range(steps + 1)])
    tails = weights[::-1].cumsum()[::-1]  # tails[j]: the sum of weights[j:]
    return [float(w) for w in weights[tails > LEFT_OUT]]


def _chebyshev_weight(steps: int, j: int) -> float:
    """The weight c_j of P_j(x) in x^steps: a binomial coefficient over a power of 2."""
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
    """The sum of each cell's weights to its neighbours, (h, w).

    `near` are the O offsets of `affinity` (O, h, w).
    """
    out = torch.zeros_like(affinity[0])
    for o, source, target in slices(affinity.shape[1:], near):
        out[source] += affinity[o][source]
        out[target] += affinity[o][source]
    return out


def normalise_symmetrically(affinity: Tensor, scale: Tensor, near: list[tuple[int, int]]) -> Tensor:
    """affinity_ij * scale_i * scale_j of every pair, (O, h, w), with `scale` (h, w)."""
    out = torch.zeros_like(affinity)
    for o, source, target in slices(affinity.shape[1:], near):
        out[o][source] = affinity[o][source] * scale[source] * scale[target]
    return out


def torch_products(
    scores: Tensor, weights: Tensor, own: Tensor, near: list[tuple[int, int]]
) -> Tensor:
    """The product of S with scores (K, h, w): `weights` (O, h, w) are its entries off the diagonal,
    `own` (h, w) its diagonal.

    A GPU uses this one. On the CPU it is the slow twin of `cpu_products`.
    """
    out = scores * own
    for o, source, target in slices(weights.shape[1:], near):
        w = weights[o][source]
        out[:, source[0], source[1]] += w * scores[:, target[0], target[1]]
        out[:, target[0], target[1]] += w * scores[:, source[0], source[1]]
    return out
