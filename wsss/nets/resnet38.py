"""ResNet-38, the wide pre-activation network of the PSA family (Wu et al. 2016;
docs/methods.md#backbones).

Layers have the names that the family's published PyTorch checkpoints have, so these fit as they
are. The original weights are a file of MXNet, whose names `renamed` maps.
"""

import re
from collections.abc import Mapping

import torch.nn.functional as F
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor, nn

STEM = 64
STAGES = (
    ("b2", 3, 2, (128, 128), 0.0),
    ("b3", 3, 2, (256, 256), 0.0),
    ("b4", 6, 2, (512, 512), 0.0),
    ("b5", 3, 2, (512, 1024), 0.0),
    ("b6", 1, 2, (512, 1024, 2048), 0.3),
    ("b7", 1, 1, (1024, 2048, 4096), 0.5),
)
"""name, blocks, stride of the first block at output stride 32, channels of a block's convolutions,
dropout"""
TAPPED = ("b3", "b4", "b5", "b6")
"""blocks whose first BN-ReLU is an intermediate map; the last three are conv3, conv4 and conv5 of
the PSA family"""
BRANCHES = ("branch2a", "branch2b1", "branch2b2")
LEAVES = {
    "weight": "weight",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_var": "running_var",
}
"""MXNet's names of what a layer holds -> PyTorch's"""


class Block(nn.Module):
    """BN-ReLU-convolution, two or three times, added to the input, or to a 1 x 1 convolution of the
    first BN-ReLU where channels or size change.

    Two convolutions are 3 x 3; of three only the middle one is. The first has the stride and the
    dilation `first`.
    """

    def __init__(
        self,
        old: int,
        widths: tuple[int, ...],
        stride: int,
        first: int,
        dilation: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.branches, self.dropout = BRANCHES[: len(widths)], dropout
        kernels = (3, 3) if len(widths) == 2 else (1, 3, 1)
        for number, (branch, width, kernel) in enumerate(zip(self.branches, widths, kernels)):
            before = old if number == 0 else widths[number - 1]
            apart = first if number == 0 else dilation
            self.add_module(f"bn_{branch}", nn.BatchNorm2d(before))
            layer = nn.Conv2d(
                before,
                width,
                kernel,
                stride if number == 0 else 1,
                padding=apart * (kernel // 2),
                dilation=apart,
                bias=False,
            )
            self.add_module(f"conv_{branch}", layer)
        changes = stride != 1 or old != widths[-1]
        self.conv_branch1 = (
            nn.Conv2d(old, widths[-1], 1, stride, bias=False) if changes else nn.Identity()
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, H, W) -> the block's output, and its input after the first BN-ReLU."""
        opened = F.relu(self.get_submodule("bn_branch2a")(x))
        keeps = isinstance(self.conv_branch1, nn.Identity)
        added = x if keeps else self.conv_branch1(opened)
        x = self.get_submodule("conv_branch2a")(opened)
        for branch in self.branches[1:]:
            x = F.relu(self.get_submodule(f"bn_{branch}")(x))
            x = F.dropout2d(x, self.dropout, self.training)
            x = self.get_submodule(f"conv_{branch}")(x)
        return added + x, opened


class ResNet38(nn.Module):
    """At output stride 8 as the PSA family has it; at 16 and 32 fewer blocks are dilated.

    `divide` makes all layers so many times narrower.
    """

    default_cfg = {"mean": IMAGENET_DEFAULT_MEAN, "std": IMAGENET_DEFAULT_STD}  # noqa: RUF012
    hub_name = None

    def __init__(self, output_stride: int, divide: int = 1) -> None:
        super().__init__()
        channels, at, dilation = STEM // divide, 1, 1
        self.conv1a = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        self.order = []
        for name, count, native, widths, dropout in STAGES:
            stride = native if at < output_stride else 1
            at, first, dilation = at * stride, dilation, dilation * native // stride
            narrow = tuple(width // divide for width in widths)
            for number in range(count):
                block = Block(channels, narrow, stride, first, dilation, dropout)
                self.order.append(name if number == 0 else f"{name}_{number}")
                self.add_module(self.order[-1], block)
                channels, stride, first = narrow[-1], 1, dilation
        self.bn7 = nn.BatchNorm2d(channels)

    def forward_intermediates(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Normalised (N, 3, H, W) -> the last map (conv6), and those that TAPPED names."""
        x, maps = self.conv1a(x), []
        for name in self.order:
            x, opened = self.get_submodule(name)(x)
            if name in TAPPED:
                maps.append(opened)
        return F.relu(self.bn7(x)), maps

    def renamed(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Tensors of a checkpoint of the family, or of MXNet's file, by this network's names."""
        return {from_mxnet(name): value for name, value in state.items()}


def build_resnet38(name: str, output_stride: int) -> ResNet38:
    """The network called resnet38."""
    return ResNet38(output_stride)


def from_mxnet(name: str) -> str:
    """The name here of a tensor in MXNet's file; other names stay as they are.

    arg:res4b2_branch2a_weight -> b4_2.conv_branch2a.weight, aux:bn2a_branch2b1_moving_var ->
    b2.bn_branch2b1.running_var, arg:bn7_gamma -> bn7.weight.
    """
    leaves = "|".join(LEAVES)
    inner = re.fullmatch(rf"(?:arg|aux):(res|bn)(\d)(?:a|b(\d))_(branch\w+?)_({leaves})", name)
    if inner:
        kind, stage, number, branch, leaf = inner.groups()
        block = f"b{stage}_{number}" if number else f"b{stage}"
        return f"{block}.{'conv' if kind == 'res' else 'bn'}_{branch}.{LEAVES[leaf]}"
    outer = re.fullmatch(rf"(?:arg|aux):(conv1a|bn7)_({leaves})", name)
    return f"{outer[1]}.{LEAVES[outer[2]]}" if outer else name
