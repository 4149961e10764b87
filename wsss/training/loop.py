"""The training loop that all networks share: batches, steps, learning rate, loss curve.

A method is a `Task`: a network and a loss. It may have parameter groups and batches of its own.
"""

import math
import sys
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from tqdm import tqdm

from wsss.nets.precision import autocast
from wsss.run.errors import UserError
from wsss.run.progress import Progress
from wsss.run.termination import TERMINATED, watch_for_end
from wsss.training.average import WeightAverage
from wsss.training.batches import Batches, EpochBatches
from wsss.training.metrics import write_metrics
from wsss.training.optimiser import groups_of, make_optimiser, set_lr
from wsss.training.photos import TrainingPhotos, loader
from wsss.training.process import Runtime
from wsss.training.settings import TrainingSettings
from wsss.training.state import State
from wsss.training.targets import LABELS, TRUTH


class Task(Protocol):
    """What a method provides. `network.trunk` is the pretrained part. A network may have
    `name_classes(names) -> list[str]`: it is told the names of the classes before the training, and
    returns lines for the log. A task may also have

    - `parameter_groups(settings) -> list[ParameterGroup]`; the default is four groups, weights
      and biases of the pretrained part and of the rest (optimiser.py);
    - `batches(photos, settings, start, ranks) -> Batches`; the default is `EpochBatches`;
    - `outputs`, the names of the network's outputs, where there are several;
    - `keeps_epochs`, whether the weights after each epoch are kept. `train` leaves them in
      `task.epochs`, one mapping of tensors an epoch, and they are saved with the model;
    - `supervision`, int64 (N, h, w): the labels that supervised the last batch. Read only where the
      runtime has a watch (process.py), which compares them with true masks; nothing trains on
      those;
    - `end_epoch(labels, total) -> list[str]`: after each epoch, the lines that it has for the log.
      `labels` are the names of background and classes, `total` sums counts over all processes;
    - `memory() -> dict` and `restore(memory)`: what it remembers from step to step beside its
      network, as tensors in dictionaries, which becomes part of the checkpoints.
    """

    network: nn.Module

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The loss of a batch, a scalar, and named values for the history.

        A batch of N crops of S x S pixels holds `image`, float (N, 3, S, S) in 0..1; `tags`, float
        (N, C) of 0 and 1; `id`, the photos' ids; each target (a map read with the photo,
        targets.py) under its name, the one called `labels` as int64 (N, S, S); and `progress`, the
        share of the training that is done, 0..1. Batches of groups of photos (batches.py) also hold
        `group`, the index of each photo's group, int64 (N,), and those of photos that tell their
        places (photos.py) `place`, float32 (N, 2, S).
        """


def train(
    task: Task, photos: TrainingPhotos, settings: TrainingSettings, runtime: Runtime
) -> list[dict[str, float]]:
    """Train `task.network` in place, from a checkpoint where there is one; returns the history: for
    each epoch its number and the means of the loss and its parts. A network without trainable
    parameters has an empty history. With the setting `average` the network gets the averaged
    weights in the end.

    The caller seeds torch before it builds the network, for the initial weights depend on the seed
    too.
    """
    task.network.to(runtime.device).train()
    if not any(p.requires_grad for p in task.network.parameters()):
        if not runtime.ranks.rank:
            print("nothing in this network learns; it is saved as it is", flush=True)
        return []
    optimiser = make_optimiser(groups_of(task, settings), settings)
    average = WeightAverage(task.network, settings.average) if settings.average else None
    state = State(task, optimiser, runtime, average)
    batches = _batches_of(task, photos, settings, state.restore(), runtime)
    if runtime.ranks.rank:  # with one seed, all processes would drop out the same features
        torch.manual_seed(hash((settings.seed, runtime.ranks.rank, batches.start)))
    _Steps(task, settings, runtime, optimiser, state, batches).run(photos)
    if average:
        average.fill()
    if state.epochs:
        task.epochs = state.epochs  # type: ignore[attr-defined]
    task.network.eval()
    return state.history()


def _batches_of(
    task: Any, photos: TrainingPhotos, settings: TrainingSettings, start: int, runtime: Runtime
) -> Batches:
    """The task's own batches or the default ones, from step `start` on."""
    if hasattr(task, "batches"):
        batches: Batches = task.batches(photos, settings, start, runtime.ranks)
        return batches
    return EpochBatches(len(photos), settings, start, runtime.ranks)


class _Steps:
    """The steps of one training, from the first one that its batches hold."""

    def __init__(
        self,
        task: Task,
        settings: TrainingSettings,
        runtime: Runtime,
        optimiser: torch.optim.Optimizer,
        state: State,
        batches: Batches,
    ) -> None:
        self.task, self.settings, self.runtime = task, settings, runtime
        self.optimiser, self.state, self.batches = optimiser, state, batches
        self.steps = batches.steps

    def run(self, photos: TrainingPhotos) -> None:
        """Do all steps. When a process is asked to end (SIGTERM), write a checkpoint after the step
        and exit.
        """
        first = self.batches.start
        bar = tqdm(
            loader(photos, self.batches, self.runtime.workers),
            initial=first,
            total=self.steps,
            unit="step",
            disable=True if self.runtime.ranks.rank else None,  # None: shown on a terminal only
        )
        progress = Progress(self.steps, "step", first)
        with watch_for_end() as ending:
            for step, batch in enumerate(bar, start=first):
                end = self._do(step, batch, ending())
                if not self.runtime.ranks.rank:
                    epoch = step // self.batches.per_epoch + 1
                    progress.tell(step + 1, f"epoch {epoch} of {self.settings.epochs}")
                if (step + 1) % self.batches.per_epoch == 0 or step + 1 == self.steps:
                    self._end_epoch(step // self.batches.per_epoch, photos.index.labels)
                self.state.save_when_due(step + 1, now=end)
                self.runtime.spent.note(now=end)
                if end:
                    print(
                        f"asked to end after step {step + 1}; the same command goes on there",
                        flush=True,
                    )
                    sys.exit(TERMINATED)

    def _do(self, step: int, batch: dict[str, Any], ending: bool) -> bool:
        """Do one step; returns whether any process was asked to end, for all end at the same step.
        `ending` says whether this one was.
        """
        lr = set_lr(self.optimiser, step, self.steps, self.settings)
        epoch = step // self.batches.per_epoch
        moved = {**_on_device(batch, self.runtime.device), "progress": step / self.steps}
        parts = self._learn(moved, ending)
        end = parts.pop("end") > 0
        self.state.log(epoch, parts)
        self._watch(epoch, batch)
        self._check_finite(parts["loss"], step, lr, batch["id"])
        if self.state.average:
            self.state.average.update(step)
        return end

    def _end_epoch(self, epoch: int, labels: tuple[str, ...]) -> None:
        """Keep the weights where the task wants it, and print a line, and those of the task, which
        names the `labels`; process 0 alone does so.
        """
        lines: list[str] = []
        if hasattr(self.task, "end_epoch"):  # in all processes, for they sum their counts
            lines = self.task.end_epoch(labels, self.runtime.ranks.total)
        if self.runtime.ranks.rank:
            return
        if getattr(self.task, "keeps_epochs", False):
            self.state.keep_epoch()
        if self.runtime.metrics is not None:
            write_metrics(self.runtime.metrics, self.state.history())
        lr = float(self.optimiser.param_groups[0]["lr"])
        of = f"{epoch + 1}/{self.settings.epochs}"
        for line in (f"epoch {of} lr {lr:.2g} {self.state.row()}", *lines):
            print(line, flush=True)

    def _learn(self, batch: dict[str, Any], ending: bool) -> dict[str, float]:
        """Update the network by one batch; returns `loss`, its parts and `end` (the share of the
        processes that were asked to end), each as a mean over all processes.

        A loss that is not finite updates nothing.
        """
        ranks = self.runtime.ranks
        with autocast(self.runtime.device):
            loss, parts = self.task.loss(batch)
        parts = ranks.mean({"loss": float(loss.detach()), **parts, "end": float(ending)})
        self.optimiser.zero_grad(set_to_none=True)
        if math.isfinite(parts["loss"]):
            loss.backward()
            ranks.average_gradients(self.task.network)
            self.optimiser.step()
        return parts

    def _watch(self, epoch: int, batch: dict[str, Any]) -> None:
        """Show the watch what supervised a batch, and its true masks."""
        watch = self.runtime.watch
        if watch is not None:
            used: Tensor = self.task.supervision  # type: ignore[attr-defined]
            watch.add(epoch, used, batch[TRUTH], self.runtime.ranks.total)

    def _check_finite(self, loss: float, step: int, lr: float, photos: list[str]) -> None:
        """Raise a UserError with the batch's photos where the loss is not finite."""
        if not math.isfinite(loss):
            raise UserError(
                f"loss is {loss} at step {step} of {self.steps} (lr {lr:.2g}, photos "
                f"{', '.join(photos)}); lower lr or look at these photos"
            )


def _on_device(batch: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """A batch on the device, its image as float in 0..1 and its labels as int64."""
    moved = dict(batch)
    for name, value in batch.items():
        if isinstance(value, Tensor):
            moved[name] = value.to(device, non_blocking=True)
    moved["image"] = moved["image"].float() / 255
    if LABELS in moved:
        moved[LABELS] = moved[LABELS].long()
    return moved
