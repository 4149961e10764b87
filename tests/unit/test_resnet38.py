"""ResNet-38: its channels, parameters and layers one by one."""

import pytest
import torch
import torch.nn.functional as F

from tests.unit.narrow_networks import shaken
from wsss.nets.resnet38 import ResNet38

PLAN = {
    "b2": (64, (128, 128)),
    "b2_1": (128, (128, 128)),
    "b2_2": (128, (128, 128)),
    "b3": (128, (256, 256)),
    "b3_1": (256, (256, 256)),
    "b3_2": (256, (256, 256)),
    "b4": (256, (512, 512)),
    **{f"b4_{n}": (512, (512, 512)) for n in range(1, 6)},
    "b5": (512, (512, 1024)),
    "b5_1": (1024, (512, 1024)),
    "b5_2": (1024, (512, 1024)),
    "b6": (1024, (512, 1024, 2048)),
    "b7": (2048, (1024, 2048, 4096)),
}
"""block -> channels in, and of its convolutions"""
STEPS = {
    8: {"b2": (2, 1, 1), "b3": (2, 1, 1), "b4": (2, 1, 1), "b5": (1, 1, 2), "b6": (1, 2, 4)},
    16: {"b2": (2, 1, 1), "b3": (2, 1, 1), "b4": (2, 1, 1), "b5": (2, 1, 1), "b6": (1, 1, 2)},
    32: {"b2": (2, 1, 1), "b3": (2, 1, 1), "b4": (2, 1, 1), "b5": (2, 1, 1), "b6": (2, 1, 1)},
}
"""output stride -> stage -> stride, first dilation and dilation of its first block"""


def test_resnet38_has_the_published_channels_and_parameters():
    count, shapes = 3 * 64 * 9 + 2 * 4096, {"conv1a.weight": (64, 3, 3, 3)}
    for block, (old, widths) in PLAN.items():
        kernels = (3, 3) if len(widths) == 2 else (1, 3, 1)
        for branch, before, after, k in zip(("2a", "2b1", "2b2"), (old, *widths), widths, kernels):
            shapes[f"{block}.conv_branch{branch}.weight"] = (after, before, k, k)
            count += after * before * k * k + 2 * before
        if old != widths[-1]:
            shapes[f"{block}.conv_branch1.weight"] = (widths[-1], old, 1, 1)
            count += old * widths[-1]
    with torch.device("meta"):
        net = ResNet38(8)
    found = {k: tuple(v.shape) for k, v in net.state_dict().items() if v.dim() == 4}
    assert found == shapes
    assert sum(p.numel() for p in net.parameters()) == count


def plain_resnet38(state, x, output_stride):
    """ResNet-38 as calls (docs/methods.md#backbones); taps by the block that they open."""

    def bn(x, name):
        part = [state[f"{name}.{leaf}"] for leaf in ("running_mean", "running_var")]
        return F.relu(F.batch_norm(x, *part, state[f"{name}.weight"], state[f"{name}.bias"]))

    x, taps, later = F.conv2d(x, state["conv1a.weight"], padding=1), {}, 1
    for block, (_, widths) in PLAN.items():
        stride, first, dilation = STEPS[output_stride].get(block, (1, later, later))
        later = dilation
        opened = taps[block] = bn(x, f"{block}.bn_branch2a")
        short = f"{block}.conv_branch1.weight"
        added = F.conv2d(opened, state[short], stride=stride) if short in state else x
        conv = {b: state.get(f"{block}.conv_branch{b}.weight") for b in ("2a", "2b1", "2b2")}
        if len(widths) == 2:
            x = F.conv2d(opened, conv["2a"], stride=stride, padding=first, dilation=first)
        else:
            x = F.conv2d(opened, conv["2a"], stride=stride)
        x = bn(x, f"{block}.bn_branch2b1")
        x = F.conv2d(x, conv["2b1"], padding=dilation, dilation=dilation)
        if len(widths) == 3:
            x = F.conv2d(bn(x, f"{block}.bn_branch2b2"), conv["2b2"])
        x = x + added
    return bn(x, "bn7"), [taps[name] for name in ("b3", "b4", "b5", "b6")]


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_resnet38_is_its_list_of_layers(stride):
    net = shaken(ResNet38(stride, divide=16)).double()
    x = torch.randn(1, 3, 75, 101, dtype=torch.float64)
    final, maps = net.forward_intermediates(x)
    expected, taps = plain_resnet38(net.state_dict(), x, stride)
    assert torch.allclose(final, expected)
    assert len(maps) == 4 and all(torch.allclose(a, b) for a, b in zip(maps, taps))


def test_dropout_of_resnet38_acts_in_training_only():
    net, x = ResNet38(8, divide=16), torch.randn(1, 3, 64, 64)
    again = net.eval().forward_intermediates(x)[0]
    assert torch.equal(net.forward_intermediates(x)[0], again)
    for module in net.train().modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    assert not torch.equal(net.forward_intermediates(x)[0], again)
