"""Data-parallel training: several processes, started by torchrun, train one network, each on its
share of every batch. The default is a single process.

Gradients are averaged after each step. So all processes hold the same network and optimiser, and
only the first one writes checkpoints and the model. A loss that is a mean over photos equals the
one of a single process up to rounding. A loss that is a mean over labelled pixels does not, for the
mean is taken within each share.
"""

import os
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from wsss.run.errors import UserError

T = TypeVar("T")


@dataclass(frozen=True)
class Ranks:
    """This process among those that train one network."""

    rank: int = 0
    """its number; process 0 writes and prints"""
    world: int = 1
    """the number of processes"""

    @classmethod
    def join(cls, device: torch.device) -> "Ranks":
        """Connect to the other processes that torchrun started, if there are any."""
        world = int(os.environ.get("WORLD_SIZE", "1"))
        if world == 1:
            return cls()
        if not dist.is_initialized():
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        return cls(dist.get_rank(), world)

    def share(self, batch: list[T]) -> list[T]:
        """This process's share of a batch. A UserError says that shares would not be equally
        large.
        """
        if len(batch) % self.world:
            raise UserError(
                f"batch is {len(batch)}, which cannot be split among {self.world} processes; take "
                "a multiple of their number"
            )
        return batch[self.rank :: self.world]

    def average_gradients(self, network: nn.Module) -> None:
        """Replace the gradient of every trainable parameter by its mean over all processes."""
        if self.world == 1:
            return
        trainable = [p for p in network.parameters() if p.requires_grad]
        flat = torch.cat([_flat_gradient(parameter) for parameter in trainable])
        dist.all_reduce(flat)
        flat /= self.world
        for p, part in zip(trainable, flat.split([p.numel() for p in trainable])):
            p.grad = part.view_as(p).to(p.dtype)

    def mean(self, parts: dict[str, float]) -> dict[str, float]:
        """The mean of each value over all processes."""
        if self.world == 1:
            return parts
        values = torch.tensor(list(parts.values()), dtype=torch.float64)
        return dict(zip(parts, (self._summed(values) / self.world).tolist()))

    def total(self, counts: Tensor) -> Tensor:
        """The sum of counts over all processes."""
        return counts if self.world == 1 else self._summed(counts)

    def _summed(self, values: Tensor) -> Tensor:
        """The sum of values (n,) over all processes, on the CPU."""
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        moved = values.to(device)
        dist.all_reduce(moved)
        return moved.cpu()

    def wait(self) -> None:
        """Wait until all processes have come here."""
        if self.world > 1:
            dist.barrier()


def _flat_gradient(parameter: Tensor) -> Tensor:
    """A parameter's gradient, float32 (n,); 0 where it has none."""
    gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    return gradient.flatten().float()


ALONE = Ranks()
"""a single process"""
