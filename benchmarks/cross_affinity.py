"""AuxSegNet's cross-task affinity in blocks of rows against two whole n x n channels: time, and the
memory that each adds. At 41 x 41 cells (crop 321) a step of training on four photos, at 63 x 47 (a
photo of 500 x 375 pixels) one photo without gradients.

    python benchmarks/cross_affinity.py
"""

import re
import subprocess
import sys
from pathlib import Path

import torch
from torch import Tensor

from common import compare
from wsss.nets.cross_affinity import CrossAffinity, Embedding

CHANNELS, MAPS = 128, 22
"""channels that are compared; the logits of 21 labels and of saliency"""
GRIDS = {"training": (4, 41, 41), "inference": (1, 63, 47)}
"""photos, and rows and columns of cells"""


def naive(network: CrossAffinity, first: Embedding, second: Embedding, values: Tensor) -> Tensor:
    both = []
    for task in (first, second):
        queries, keys = (x.flatten(2) for x in task)
        both.append(torch.bmm(queries.transpose(1, 2), keys).softmax(dim=2))
    image = torch.stack(both, dim=1)
    hidden = torch.conv2d(image, network.mix.weight, padding=1).relu()
    affinity = (network.weigh(hidden).softmax(dim=1) * image).sum(dim=1)
    return torch.bmm(values.flatten(2), affinity.transpose(1, 2)).view_as(values)


def call(which: str, use: str) -> Tensor:
    """The refined maps, for `training` after a backward pass."""
    torch.manual_seed(0)
    count, *grid = GRIDS[use]
    maps = [torch.randn(count, CHANNELS, *grid) / CHANNELS**0.25 for _ in range(4)]
    values, network = torch.randn(count, MAPS, *grid), CrossAffinity()
    for given in (*maps, values):
        given.requires_grad_(use == "training")
    arguments = Embedding(*maps[:2]), Embedding(*maps[2:]), values
    with torch.set_grad_enabled(use == "training"):
        refined = network(*arguments) if which == "ours" else naive(network, *arguments)
    if use == "training":
        refined.square().mean().backward()
    return refined.detach()


def added_megabytes(which: str, use: str) -> None:
    """Print by how much one call raises the peak of a process that has done nothing else."""
    before = peak_kilobytes()
    call(which, use)
    print((peak_kilobytes() - before) // 1024)


def peak_kilobytes() -> int:
    """The process's own peak; getrusage's would start at its parent's."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def measured(which: str, use: str) -> int:
    command = [sys.executable, __file__, which, use]
    return int(subprocess.run(command, capture_output=True, check=True).stdout)


def main() -> None:
    torch.set_num_threads(2)
    for use, (count, *grid) in GRIDS.items():
        compare(
            f"cross_affinity_{use}",
            lambda u=use: call("ours", u),
            lambda u=use: call("naive", u),
            repeats=3,
            largest_difference=float((call("ours", use) - call("naive", use)).abs().max()),
            grid=grid,
            photos=count,
            megabytes=measured("ours", use),
            naive_megabytes=measured("naive", use),
        )


if __name__ == "__main__":
    added_megabytes(sys.argv[1], sys.argv[2]) if len(sys.argv) == 3 else main()
