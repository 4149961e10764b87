"""Several processes that train one network, started by torchrun: each has its share of every batch.
The default is one process.

Gradients are averaged after each step, so the network, the optimiser and the checkpoint are the
same in all of them and only the first writes. Losses that are means over photos are those of one
process to rounding; those that are means over labelled pixels are taken within each share.
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
    """This process's place among `world`."""

    rank: int = 0
    world: int = 1

    @classmethod
    def join(cls, device: torch.device) -> "Ranks":
        """The place that torchrun gave this process; joins the others."""
        world = int(os.environ.get("WORLD_SIZE", "1"))
        if world == 1:
            return cls()
        if not dist.is_initialized():
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        return cls(dist.get_rank(), world)

    def share(self, batch: list[T]) -> list[T]:
        """This process's part of a batch; all parts are equally large."""
        if len(batch) % self.world:
            raise UserError(
                f"batch is {len(batch)}, which cannot be split among {self.world} processes; take "
                "a multiple"
            )
        return batch[self.rank :: self.world]

    def average_gradients(self, network: nn.Module) -> None:
        """Give every parameter the mean of its gradients over all processes."""
        if self.world == 1:
            return
        with_gradient = [p for p in network.parameters() if p.requires_grad]
        flat = torch.cat([_flat_gradient(parameter) for parameter in with_gradient])
        dist.all_reduce(flat)
        flat /= self.world
        for p, part in zip(with_gradient, flat.split([p.numel() for p in with_gradient])):
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
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        moved = values.to(device)
        dist.all_reduce(moved)
        return moved.cpu()

    def wait(self) -> None:
        """Until all processes are here."""
        if self.world > 1:
            dist.barrier()


def _flat_gradient(parameter: Tensor) -> Tensor:
    """A parameter's gradient, float32 (n,); 0 where it has none."""
    gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    return gradient.flatten().float()


ALONE = Ranks()
