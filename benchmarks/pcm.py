"""The pixel correlation module in blocks of columns against the whole n x n matrix: time, and
memory each adds.

    python benchmarks/pcm.py
"""

import re
import subprocess
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

from common import compare
from wsss.nets.pcm import EPSILON, correlate

CHANNELS, MAPS = 192, 21


def naive(maps: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
    flat = features.flatten(2)
    flat = flat / (flat.norm(dim=1, keepdim=True) + EPSILON)
    affinity = F.relu(torch.bmm(flat.transpose(1, 2), flat))
    affinity = affinity / (affinity.sum(dim=1, keepdim=True) + EPSILON)
    return torch.bmm(maps.flatten(2), affinity).view_as(maps)


def inputs(side: int) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(0)
    return torch.rand(1, MAPS, side, side, generator=g), torch.randn(
        1, CHANNELS, side, side, generator=g
    )


@torch.no_grad()
def added_megabytes(which: str, side: int) -> None:
    """Print by how much one call raises the peak of a process that has done nothing else."""
    maps, features = inputs(side)
    before = peak_kilobytes()
    (correlate if which == "ours" else naive)(maps, features)
    print((peak_kilobytes() - before) // 1024)


def peak_kilobytes() -> int:
    """The process's own peak; getrusage's would start at its parent's."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def measured(which: str, side: int) -> int:
    return int(
        subprocess.run(
            [sys.executable, __file__, which, str(side)], capture_output=True, check=True
        ).stdout
    )


@torch.no_grad()
def main() -> None:
    torch.set_num_threads(2)
    for side in (56, 128):
        maps, features = inputs(side)
        difference = float((correlate(maps, features) - naive(maps, features)).abs().max())
        compare(
            f"pcm_{side}",
            lambda m=maps, f=features: correlate(m, f),
            lambda m=maps, f=features: naive(m, f),
            largest_difference=difference,
            grid=[side, side],
            megabytes=measured("ours", side),
            naive_megabytes=measured("naive", side),
        )


if __name__ == "__main__":
    added_megabytes(sys.argv[1], int(sys.argv[2])) if len(sys.argv) == 3 else main()
