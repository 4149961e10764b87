"""A training step of a trunk with frozen BatchNorm, forward and backward: norms joined to
convolutions and dilated depthwise convolutions by phases, against the plain network.

The same gradients.

    python benchmarks/training_step.py
"""

import copy

import timm
import torch

from common import compare
from wsss.nets.trunk import Trunk

BACKBONE, BATCH, SIDE = "tf_efficientnet_lite0", 16, 256


def main() -> None:
    torch.set_num_threads(2)
    joined = Trunk(BACKBONE, 16, "imagenet").train()
    plain = copy.deepcopy(joined)
    plain.body = timm.create_model(BACKBONE, num_classes=0, output_stride=16)
    plain.body.load_state_dict(joined.body.state_dict())
    plain.train().to(memory_format=torch.channels_last)
    images = torch.rand(BATCH, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))

    def step(trunk: Trunk) -> torch.Tensor:
        trunk.zero_grad(set_to_none=True)
        trunk(images).final.square().mean().backward()
        return trunk.body.conv_stem.weight.grad

    ours, theirs = step(joined), step(plain)
    compare(
        "training_step",
        lambda: step(joined),
        lambda: step(plain),
        repeats=3,
        backbone=BACKBONE,
        batch=BATCH,
        side=SIDE,
        relative_difference_of_gradients=float((ours - theirs).abs().max() / theirs.abs().max()),
    )


if __name__ == "__main__":
    main()
