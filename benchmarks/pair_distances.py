"""PSA's pair distances with their gradient, as a training step needs them: compiled against a torch
loop with autograd.

    python benchmarks/pair_distances.py
"""

import torch

from common import compare
from wsss.nets.pairs import offsets, pair_distances, torch_distances

BATCH, CHANNELS, SIDE, RADIUS = 8, 448, 32, 5


def main() -> None:
    torch.set_num_threads(2)
    shape = (BATCH, CHANNELS, SIDE, SIDE)
    features = torch.rand(shape, generator=torch.Generator().manual_seed(0)).contiguous(
        memory_format=torch.channels_last
    )
    features.requires_grad_()

    def ours() -> torch.Tensor:
        features.grad = None
        pair_distances(features, RADIUS).square().sum().backward()
        return features.grad

    def theirs() -> torch.Tensor:
        features.grad = None
        torch_distances(features, offsets(RADIUS)).square().sum().backward()
        return features.grad

    difference = float((ours() - theirs()).abs().max())
    compare(
        "pair_distances",
        ours,
        theirs,
        largest_difference=difference,
        batch=BATCH,
        channels=CHANNELS,
        grid=[SIDE, SIDE],
        pairs_a_cell=len(offsets(RADIUS)),
    )


if __name__ == "__main__":
    main()
