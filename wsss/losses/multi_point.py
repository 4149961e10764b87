"""The multi-point loss of A2GNN (TPAMI 2021; docs/methods.md#multi-point-loss): every row and every
column of a box has a pixel of the box's class.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor


class CutBox(NamedTuple):
    """A box in a crop: its label, and its rows and columns."""

    label: int
    rows: slice
    columns: slice


def multi_point_loss(logits: Tensor, planes: Tensor) -> Tensor:
    """The mean cross-entropy of the pixels with the highest logit of the box's class in each row
    and each column of each box, against that class; 0 without such a row or column.

    `logits` are float (N, K, S, S). `planes` are uint8 (N, M, S, S): the label of box m inside of
    it, 0 elsewhere. Where a box reaches the left or right side of the crop, the object may go on
    outside, so its rows do not count; where it reaches the upper or lower side, its columns do not.
    """
    log_p = logits.log_softmax(dim=1)
    losses = []
    for scores, loss, boxes in zip(logits, -log_p, planes):
        for box in find_boxes(boxes):
            inside = (box.label, box.rows, box.columns)
            losses += _losses_of(scores[inside], loss[inside], box, boxes.shape[-1])
    return torch.cat(losses).mean() if losses else 0 * logits.sum()


def find_boxes(planes: Tensor) -> Iterator[CutBox]:
    """The boxes of planes (M, S, S); a plane of zeros has none."""
    for plane in planes:
        rows, columns = plane.any(dim=1).nonzero()[:, 0], plane.any(dim=0).nonzero()[:, 0]
        if len(rows):
            yield CutBox(int(plane.max()), _span(rows), _span(columns))


def _span(found: Tensor) -> slice:
    """From the first to the last index of `found` (n,)."""
    return slice(int(found[0]), int(found[-1]) + 1)


def _losses_of(scores: Tensor, loss: Tensor, box: CutBox, side: int) -> list[Tensor]:
    """The loss of the best pixel of each row and of each column that count, from scores and losses
    (h, w) of the box's class in the box.
    """
    found = []
    for dim, across in ((1, box.columns), (0, box.rows)):
        if across.start > 0 and across.stop < side:
            best = scores.argmax(dim=dim, keepdim=True)
            found.append(loss.gather(dim, best).flatten())
    return found
