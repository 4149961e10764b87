"""ResNet-38, the wide pre-activation network of the PSA family (Wu et al. 2016;
docs/methods.md#backbones).

Layers have the names of the family's published PyTorch checkpoints, so these load unchanged. The
original weights are an MXNet file, whose names `renamed` maps.
"""

import re
from collections.abc import Mapping

import torch.nn.functional as F
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor, nn

STEM = 64
"""channels of the first convolution"""
STAGES = (
    ("b2", 3, 2, (128, 128), 0.0),
    ("b3", 3, 2, (256, 256), 0.0),
    ("b4", 6, 2, (512, 512), 0.0),
    ("b5", 3, 2, (512, 1024), 0.0),
    ("b6", 1, 2, (512, 1024, 2048), 0.3),
    ("b7", 1, 1, (1024, 2048, 4096), 0.5),
)
"""name, number of blocks, stride of the first block at output stride 32, channels of a block's
convolutions, dropout"""
TAPPED = ("b3", "b4", "b5", "b6")
"""blocks whose first BN-ReLU is an intermediate map; the last three are conv3, conv4 and conv5 of
the PSA family"""
BRANCHES = ("branch2a", "branch2b1", "branch2b2")
"""a block's convolutions in the checkpoints' names"""
LEAVES = {
    "weight": "weight",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_var": "running_var",
}
"""MXNet's name of a layer's tensor -> PyTorch's"""


class Block(nn.Module):
    """A pre-activation residual block: BN, ReLU and convolution, two or three times.

    The result is added to the input, or, where channels or size change, to a 1 x 1 convolution of
    the first BN-ReLU. Kernels are 3, 3 or 1, 3, 1. The first convolution has `stride` and dilation
    `first_dilation`, the others stride 1 and `dilation`.
    """

    def __init__(
        self,
        channels: int,
        widths: tuple[int, ...],
        stride: int,
        first_dilation: int,
        dilation: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.branches, self.dropout = BRANCHES[: len(widths)], dropout
        kernels = (3, 3) if len(widths) == 2 else (1, 3, 1)
        inputs = (channels, *widths[:-1])
        strides = (stride, 1, 1)
        dilations = (first_dilation, dilation, dilation)
        for index, (branch, kernel) in enumerate(zip(self.branches, kernels)):
            self.add_module(f"bn_{branch}", nn.BatchNorm2d(inputs[index]))
            layer = nn.Conv2d(
                inputs[index],
                widths[index],
                kernel,
                strides[index],
                padding=dilations[index] * (kernel // 2),
                dilation=dilations[index],
                bias=False,
            )
            self.add_module(f"conv_{branch}", layer)
        changes = stride != 1 or channels != widths[-1]
        self.conv_branch1 = (
            nn.Conv2d(channels, widths[-1], 1, stride, bias=False) if changes else nn.Identity()
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, H, W) -> the block's output, and its input after the first BN-ReLU."""
        activated = F.relu(self.get_submodule("bn_branch2a")(x))
        is_identity = isinstance(self.conv_branch1, nn.Identity)
        shortcut = x if is_identity else self.conv_branch1(activated)
        x = self.get_submodule("conv_branch2a")(activated)
        for branch in self.branches[1:]:
            x = F.relu(self.get_submodule(f"bn_{branch}")(x))
            x = F.dropout2d(x, self.dropout, self.training)
            x = self.get_submodule(f"conv_{branch}")(x)
        return shortcut + x, activated


class ResNet38(nn.Module):
    """The body resnet38. Output stride 8 is that of the PSA family; 16 and 32 dilate fewer blocks.

    `divide` divides the channels of all layers, for tests.
    """

    default_cfg = {"mean": IMAGENET_DEFAULT_MEAN, "std": IMAGENET_DEFAULT_STD}  # noqa: RUF012
    hub_name = None

    def __init__(self, output_stride: int, divide: int = 1) -> None:
        super().__init__()
        channels, total_stride, dilation = STEM // divide, 1, 1
        self.conv1a = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        self.order = []
        for name, count, native_stride, widths, dropout in STAGES:
            stride = native_stride if total_stride < output_stride else 1
            total_stride *= stride
            first_dilation = dilation
            dilation *= native_stride // stride  # dilation replaces a stride that is left out
            narrow = tuple(width // divide for width in widths)
            for number in range(count):
                block = Block(channels, narrow, stride, first_dilation, dilation, dropout)
                self.order.append(name if number == 0 else f"{name}_{number}")
                self.add_module(self.order[-1], block)
                channels, stride, first_dilation = narrow[-1], 1, dilation
        self.bn7 = nn.BatchNorm2d(channels)

    def forward_intermediates(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Normalised (N, 3, H, W) -> the last map (conv6), and the maps of the blocks TAPPED."""
        x, maps = self.conv1a(x), []
        for name in self.order:
            x, activated = self.get_submodule(name)(x)
            if name in TAPPED:
                maps.append(activated)
        return F.relu(self.bn7(x)), maps

    def renamed(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """This network's name -> tensor, from a checkpoint of the family or an MXNet file."""
        return {from_mxnet(name): value for name, value in state.items()}


def build_resnet38(name: str, output_stride: int) -> ResNet38:
    """The body resnet38, the only `name`."""
    return ResNet38(output_stride)


def from_mxnet(name: str) -> str:
    """This network's name of a tensor in MXNet's file; other names are returned unchanged.

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
