"""How a training runs (device, processes, checkpoints), and what watches it. Nothing here affects
the model.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from wsss.training.ranks import Ranks
from wsss.training.spent import Spent


class Watch(Protocol):
    """A watch compares the supervision of each batch with true masks, which are never trained on.
    Its counts are part of the checkpoints.
    """

    def add(
        self, epoch: int, used: Tensor, truth: Tensor, total: Callable[[Tensor], Tensor]
    ) -> None:
        """Count the labels `used` that supervised a batch, int64 (N, h, w), against its masks
        `truth`, uint8 (N, S, S).

        `total` sums counts over all processes.
        """

    def rows(self) -> list[dict[str, float]]:
        """For each epoch its number, `epoch`, and its figures."""

    def state(self) -> dict[int, Tensor]:
        """Epoch -> its counts so far, for a checkpoint."""

    def restore(self, state: dict[int, Tensor]) -> None:
        """Continue from the counts of a checkpoint."""


@dataclass
class Runtime:
    """The environment of a training in one process."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    """where the network is"""
    workers: int = 0
    """processes that load photos; 0: this process does"""
    resume: Path | None = None
    """folder of the checkpoints; None: no checkpoints"""
    checkpoint_minutes: float = 2.0
    """minutes from one checkpoint to the next"""
    checkpoint_steps: int = 0
    """steps from one checkpoint to the next, besides the minutes; 0: minutes only"""
    watch: Watch | None = None
    """is shown `task.supervision` and the true masks of every batch"""
    metrics: Path | None = None
    """where the losses go after each epoch, as CSV; None: nowhere"""
    spent: Spent = field(default_factory=Spent)
    """counts the time of all starts of this training"""
    ranks: Ranks = field(default_factory=Ranks)
    """this process among those that train the same network"""
