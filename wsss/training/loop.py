"""The one training loop: steps, learning rate, loss curve, checkpoints in a side folder.

A method is a `Task`: a network and a loss. Everything else is here.
"""

import math
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from tqdm import tqdm

from wsss.nets.precision import autocast
from wsss.run.ending import TERMINATED, asked_to_end
from wsss.run.errors import UserError
from wsss.training.checkpoint import load_checkpoint, save_checkpoint
from wsss.training.optimiser import make_optimiser, set_lr
from wsss.training.photos import EpochBatches, TrainingPhotos, loader
from wsss.training.ranks import Ranks
from wsss.training.settings import TrainingSettings


class Task(Protocol):
    """What a method gives the loop. `network.trunk` is the pretrained part."""

    network: nn.Module

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The loss of a batch and its parts. The batch: image float 0..1 (N, 3, S, S), labels long (N, S, S), tags (N, C),
        id, and progress, the share of the training that is done, 0..1."""


class Watch(Protocol):
    """Measures a training by truth that the training never sees. What it holds goes into checkpoints."""

    def add(self, epoch: int, used: Tensor, truth: Tensor, total: Callable[[Tensor], Tensor]) -> None:
        """Count what a batch was supervised by, (N, h, w), against its masks, (N, S, S), in `total` over all processes."""

    def rows(self) -> list[dict[str, float]]:
        """The figures of each epoch, its number among them."""

    def state(self) -> dict[int, Tensor]:
        """What was counted so far, by epoch."""

    def restore(self, state: dict[int, Tensor]) -> None:
        """Go on from what was counted."""


@dataclass
class Runtime:
    """Where and how a training runs; nothing here changes its result."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    workers: int = 0
    resume: Path | None = None
    checkpoint_minutes: float = 2.0
    checkpoint_steps: int = 0
    """a checkpoint every so many steps as well; 0: none"""
    watch: Watch | None = None
    """counts `task.supervision` of every batch against its `truth`"""
    ranks: Ranks = field(default_factory=Ranks)
    """this process's place among those that train the same network"""


def train(task: Task, photos: TrainingPhotos, settings: TrainingSettings, runtime: Runtime) -> list[dict[str, float]]:
    """Train `task.network` in place; gives one row per epoch with the mean of every part of the loss.

    Seed torch before the network is made: its first weights are part of what the seed decides.
    """
    device, ranks = runtime.device, runtime.ranks
    task.network.to(device).train()
    optimiser = make_optimiser(task.network, task.network.trunk, settings)  # type: ignore[arg-type]
    state = _State(task.network, optimiser, runtime)
    batches = EpochBatches(len(photos), settings, start=state.restore(), ranks=ranks)
    steps = batches.per_epoch * settings.epochs
    if ranks.rank:  # else all would drop out the same features
        torch.manual_seed(hash((settings.seed, ranks.rank, batches.start)))
    bar = tqdm(loader(photos, batches, runtime.workers), initial=batches.start, total=steps, unit="step",
               disable=True if ranks.rank else None)
    with asked_to_end() as ending:
        for step, batch in enumerate(bar, start=batches.start):
            lr, epoch = set_lr(optimiser, step, steps, settings), step // batches.per_epoch
            parts = _step(task, {**_on_device(batch, device), "progress": step / steps}, optimiser, runtime, ending())
            end = parts.pop("end") > 0  # all processes end at the same step
            state.log(epoch, parts)
            if runtime.watch is not None:
                runtime.watch.add(epoch, task.supervision, batch["truth"], ranks.total)  # type: ignore[attr-defined]
            if not math.isfinite(parts["loss"]):
                raise UserError(f"loss is {parts['loss']} at step {step} of {steps} (lr {lr:.2g}, photos "
                                f"{', '.join(batch['id'])}); lower lr or look at these photos")
            if (step + 1) % batches.per_epoch == 0 and not ranks.rank:
                print(f"epoch {epoch + 1}/{settings.epochs} lr {lr:.2g} {state.row()}", flush=True)
            state.save_when_due(step + 1, now=end)
            if end:
                print(f"asked to end after step {step + 1}; the same command goes on there", flush=True)
                sys.exit(TERMINATED)
    task.network.eval()
    return state.history()


def _step(task: Task, batch: dict[str, Any], optimiser: torch.optim.Optimizer, runtime: Runtime,
          end: bool) -> dict[str, float]:
    """One step; gives the parts of the loss, and whether any process was asked to end, as means over all processes."""
    with autocast(runtime.device):
        loss, parts = task.loss(batch)
    parts = runtime.ranks.mean({"loss": float(loss.detach()), **parts, "end": float(end)})
    optimiser.zero_grad(set_to_none=True)
    if math.isfinite(parts["loss"]):
        loss.backward()  # type: ignore[no-untyped-call]
        runtime.ranks.average_gradients(task.network)
        optimiser.step()
    return parts


def _on_device(batch: dict[str, Any], device: torch.device) -> dict[str, Any]:
    moved = {k: v.to(device, non_blocking=True) if isinstance(v, Tensor) else v for k, v in batch.items()}
    return {**moved, "image": moved["image"].float() / 255, "labels": moved["labels"].long()}


class _State:
    """Loss sums by epoch, and the checkpoint that holds them beside network, optimiser, step and random state."""

    def __init__(self, network: nn.Module, optimiser: torch.optim.Optimizer, runtime: Runtime) -> None:
        self.network, self.optimiser, self.runtime = network, optimiser, runtime
        self.sums: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
        self.saved = time.monotonic()

    def log(self, epoch: int, parts: dict[str, float]) -> None:
        for name, value in parts.items():
            total = self.sums[epoch][name]
            total[0], total[1] = total[0] + value, total[1] + 1

    def history(self) -> list[dict[str, float]]:
        return [{"epoch": e, **{k: s / n for k, (s, n) in row.items()}} for e, row in sorted(self.sums.items())]

    def row(self) -> str:
        return " ".join(f"{k} {v:.4g}" for k, v in self.history()[-1].items() if k != "epoch")

    def save_when_due(self, step: int, now: bool = False) -> None:
        """Write a checkpoint `now`, or when the runtime's minutes or steps are over; `step` is the next one to do."""
        minutes, every = (time.monotonic() - self.saved) / 60, self.runtime.checkpoint_steps
        due = now or minutes >= self.runtime.checkpoint_minutes or (every > 0 and step % every == 0)
        if self.runtime.resume is None or self.runtime.ranks.rank or not due:
            return
        save_checkpoint(self.runtime.resume, step, {
            "network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(), "step": step,
            "random": _random_state(), "sums": {e: dict(r) for e, r in self.sums.items()},
            "watch": self.runtime.watch.state() if self.runtime.watch else {}})
        self.saved = time.monotonic()

    def restore(self) -> int:
        """Take up the checkpoint, if there is one; gives the step to go on with."""
        state = load_checkpoint(self.runtime.resume, self.runtime.device) if self.runtime.resume else None
        if state is None:
            return 0
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        _set_random_state(state["random"])
        for epoch, row in state["sums"].items():
            self.sums[epoch].update(row)
        if self.runtime.watch:
            self.runtime.watch.restore(state["watch"])
        print(f"going on at step {state['step']}", flush=True)
        return int(state["step"])


def _random_state() -> list[Tensor]:
    """The states that dropout draws from: the CPU's, then every CUDA device's."""
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]


def _set_random_state(states: list[Tensor]) -> None:
    torch.set_rng_state(states[0].cpu())
    if torch.cuda.is_available() and len(states) == 1 + torch.cuda.device_count():
        torch.cuda.set_rng_state_all([s.cpu() for s in states[1:]])
