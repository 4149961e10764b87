"""Where and how a training runs, and what watches it. Nothing here changes its result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from wsss.training.ranks import Ranks


class Watch(Protocol):
    """Measures a training by truth that it never sees. What it holds goes into checkpoints."""

    def add(
        self, epoch: int, used: Tensor, truth: Tensor, total: Callable[[Tensor], Tensor]
    ) -> None:
        """Count what a batch was supervised by, (N, h, w), against its masks, (N, S, S).

        `total` sums counts over all processes.
        """

    def rows(self) -> list[dict[str, float]]:
        """The figures of each epoch, its number among them."""

    def state(self) -> dict[int, Tensor]:
        """What was counted so far, by epoch."""

    def restore(self, state: dict[int, Tensor]) -> None:
        """Go on from what was counted."""


@dataclass
class Runtime:
    """Device, loading processes, checkpoints, and this process's place among others."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    workers: int = 0
    resume: Path | None = None
    """folder of the checkpoints"""
    checkpoint_minutes: float = 2.0
    checkpoint_steps: int = 0
    """a checkpoint every so many steps as well; 0: none"""
    watch: Watch | None = None
    """counts `task.supervision` of every batch against the truth in it"""
    ranks: Ranks = field(default_factory=Ranks)
    """this process's place among those that train the same network"""
