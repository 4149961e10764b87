"""The state of a training between two steps: the sums for its history, the weights after each epoch
where a method wants them, and what a checkpoint holds.
"""

import time
from collections import defaultdict
from typing import Any

import torch
from torch import Tensor, nn

from wsss.training.average import WeightAverage
from wsss.training.checkpoint import load_checkpoint, save_checkpoint
from wsss.training.process import Runtime


class State:
    """The loss sums of each epoch, the average of the weights where there is one, and the weights
    after each epoch where they are kept. A checkpoint holds these with the network, the optimiser,
    the step, the random state, the watch's counts, and what the task remembers.
    """

    def __init__(
        self,
        task: Any,
        optimiser: torch.optim.Optimizer,
        runtime: Runtime,
        average: WeightAverage | None = None,
    ) -> None:
        self.task, self.optimiser, self.runtime = task, optimiser, runtime
        self.network: nn.Module = task.network
        self.average = average
        # epoch -> name -> sum and number of values
        self.sums: dict[int, dict[str, list[float]]] = defaultdict(_no_sums)
        self.epochs: list[dict[str, Tensor]] = []
        self.saved = time.monotonic()

    def keep_epoch(self) -> None:
        """Keep a copy of the network's tensors of now, or of their average, on the CPU."""
        tensors = self.average.tensors if self.average else self.network.state_dict()
        self.epochs.append({name: value.to("cpu", copy=True) for name, value in tensors.items()})

    def log(self, epoch: int, parts: dict[str, float]) -> None:
        """Add the loss and its parts of one step to the sums of its epoch."""
        for name, value in parts.items():
            sums = self.sums[epoch][name]
            sums[0], sums[1] = sums[0] + value, sums[1] + 1

    def history(self) -> list[dict[str, float]]:
        """For each epoch its number, `epoch`, and the means of the loss and its parts."""
        rows = []
        for epoch, row in sorted(self.sums.items()):
            means = {name: total / count for name, (total, count) in row.items()}
            rows.append({"epoch": epoch, **means})
        return rows

    def row(self) -> str:
        """The means of the last epoch as a line of text."""
        return " ".join(f"{k} {v:.4g}" for k, v in self.history()[-1].items() if k != "epoch")

    def save_when_due(self, step: int, now: bool = False) -> None:
        """Write a checkpoint if the runtime's minutes or steps have passed, or if `now`. `step` is
        the next step to do. Only process 0 writes.
        """
        if self.runtime.resume is None or self.runtime.ranks.rank or not (now or self._due(step)):
            return
        save_checkpoint(self.runtime.resume, step, self._as_dict(step))
        self.saved = time.monotonic()

    def restore(self) -> int:
        """Load the last checkpoint, if there is one; returns the next step to do, else 0."""
        runtime = self.runtime
        state = load_checkpoint(runtime.resume, runtime.device) if runtime.resume else None
        if state is None:
            return 0
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.average:
            self.average.restore(state["average"])
        for tensors in state["epochs"]:
            self.epochs.append({name: value.cpu() for name, value in tensors.items()})
        _set_random_state(state["random"])
        for epoch, row in state["sums"].items():
            self.sums[epoch].update(row)
        if runtime.watch:
            runtime.watch.restore(state["watch"])
        if hasattr(self.task, "restore"):
            self.task.restore(state["memory"])
        print(f"going on at step {state['step']}", flush=True)
        return int(state["step"])

    def _due(self, step: int) -> bool:
        every = self.runtime.checkpoint_steps
        minutes = (time.monotonic() - self.saved) / 60
        return minutes >= self.runtime.checkpoint_minutes or (every > 0 and step % every == 0)

    def _as_dict(self, step: int) -> dict[str, Any]:
        watch = self.runtime.watch
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": step,
            "random": _random_state(),
            "sums": {epoch: dict(row) for epoch, row in self.sums.items()},
            "watch": watch.state() if watch else {},
            "average": self.average.tensors if self.average else {},
            "epochs": self.epochs,
            "memory": self.task.memory() if hasattr(self.task, "memory") else {},
        }


def _no_sums() -> dict[str, list[float]]:
    """The sums of a new epoch: name -> [0, 0]."""
    return defaultdict(lambda: [0.0, 0.0])


def _random_state() -> list[Tensor]:
    """The states of torch's random generators, for dropout: the CPU's, then every CUDA device's."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return [torch.get_rng_state(), *cuda]


def _set_random_state(states: list[Tensor]) -> None:
    """Restore what `_random_state` gave; on other CUDA devices than then, the CPU's state alone."""
    torch.set_rng_state(states[0].cpu())
    if torch.cuda.is_available() and len(states) == 1 + torch.cuda.device_count():
        torch.cuda.set_rng_state_all([s.cpu() for s in states[1:]])
