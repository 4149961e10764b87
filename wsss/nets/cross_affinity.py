"""Affinities between all cells of a grid, of two tasks, fused entry by entry, as by the cross-task
affinity of AuxSegNet (Xu et al., ICCV 2021; docs/methods.md#auxsegnet).

A grid of n cells has n x n affinities. None of the functions here holds them all: `attend` leaves
that to fused attention, `CrossAffinity` works on a few rows at a time.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from wsss.nets.precision import full_precision
from wsss.run.errors import UserError

BLOCK_ENTRIES = 1 << 20
"""affinities of one task in memory at a time, 4 MB in float32; some ten arrays of that size are
needed at once"""
MOST_CELLS = 1 << 14
"""most cells of a grid, such as 128 x 128; the work grows with their square"""


class Embedding(NamedTuple):
    """What a task compares. Its affinity A is the softmax of queries^T keys over the keys, so each
    row of A sums to 1.
    """

    queries: Tensor
    """(N, D, h, w)"""
    keys: Tensor
    """(N, D, h, w)"""


@full_precision
def attend(embedding: Embedding, values: Tensor) -> Tensor:
    """A values, the mean of `values` (N, K, h, w) over all cells by the affinity of one task:
    float32, of the same shape. A is never in memory where torch has a kernel of fused attention.
    """
    _check_cells(values)
    queries, keys, flat = (_rows(x) for x in (*embedding, values))
    # fused kernels want values as wide as the queries
    padded = F.pad(flat, (0, max(0, queries.shape[-1] - flat.shape[-1])))
    spread = F.scaled_dot_product_attention(
        queries[:, None], keys[:, None], padded[:, None], scale=1.0
    )
    return spread[:, 0, :, : flat.shape[-1]].transpose(1, 2).reshape(values.shape)


class CrossAffinity(nn.Module):
    """The affinity A = W A1 + (1 - W) A2 of two tasks.

    The two n x n affinities are the channels of an image. A 3 x 3 convolution, ReLU, a 1 x 1
    convolution and a softmax over the two channels give the weights, W and 1 - W, of each entry. As
    published, the rows of A need not sum to 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(2, 2, 3, bias=False)
        self.weigh = nn.Conv2d(2, 2, 1)

    @full_precision
    def forward(self, first: Embedding, second: Embedding, values: Tensor) -> Tensor:
        """A values, for values (N, K, h, w): float32, of the same shape.

        A block of rows of A is computed at a time, and with gradients once more in the backward
        pass. UserError for a grid of more than MOST_CELLS cells.
        """
        _check_cells(values)
        flat = _rows(values)
        tasks = [_rows(x) for x in (*first, *second)]
        count, cells = flat.shape[:2]
        rows = max(1, BLOCK_ENTRIES // (count * cells))
        make = self._block_again if torch.is_grad_enabled() else self._block
        blocks = []
        for start in range(0, cells, rows):
            stop = min(start + rows, cells)
            blocks.append(make(start, stop, tasks, flat))
        return torch.cat(blocks, dim=1).transpose(1, 2).reshape(values.shape)

    def _block_again(self, start: int, stop: int, tasks: list[Tensor], values: Tensor) -> Tensor:
        """`_block`, of which the backward pass keeps nothing but the inputs."""
        block: Tensor = checkpoint(
            self._block, start, stop, tasks, values, use_reentrant=False, preserve_rng_state=False
        )
        return block

    def _block(self, start: int, stop: int, tasks: list[Tensor], values: Tensor) -> Tensor:
        """Rows start..stop of A values, (N, stop - start, K). `tasks` are queries and keys of the
        first task, then of the second, each (N, n, D); `values` are (N, n, K).
        """
        queries1, keys1, queries2, keys2 = tasks
        cells = values.shape[1]
        low, high = max(0, start - 1), min(cells, stop + 1)  # the 3 x 3 convolution sees them
        both = torch.stack(
            [_affinity(queries1[:, low:high], keys1), _affinity(queries2[:, low:high], keys2)],
            dim=3,
        ).permute(0, 3, 1, 2)  # channels last: the convolution is far faster on CPUs
        around = F.pad(both, (1, 1, low - start + 1, stop + 1 - high))
        weights = self.weigh(self.mix(around).relu()).softmax(dim=1)
        affinity = (weights * both[:, :, start - low : stop - low]).sum(dim=1)
        return torch.bmm(affinity, values)


def _affinity(queries: Tensor, keys: Tensor) -> Tensor:
    """Rows of an affinity, (N, b, n), for queries (N, b, D) and keys (N, n, D)."""
    return torch.bmm(queries, keys.transpose(1, 2)).softmax(dim=2)


def _rows(maps: Tensor) -> Tensor:
    """Maps (N, K, h, w) with a row for each cell, float32 (N, h * w, K)."""
    return maps.float().flatten(2).transpose(1, 2)


def _check_cells(maps: Tensor) -> None:
    """Refuse a grid (h, w) of so many cells that its affinities would take hours."""
    height, width = maps.shape[-2:]
    if height * width > MOST_CELLS:
        raise UserError(
            f"affinities between all {height} x {width} cells of a photo are too many; set "
            "long_side of this step, such as 1024"
        )
