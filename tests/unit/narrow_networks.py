"""VGG-11 and ResNet-38 with few channels, for tests that need no width.

Do not train this ResNet-38. On a CPU the backward pass of torch 2.14 overwrites memory in 1 x 1
convolutions with stride 2 of at most 8 channels (channels last, two photos or more). With 12
channels or more it does not, and the real network has 64.
"""

import torch

from wsss.nets.resnet38 import ResNet38
from wsss.nets.vgg import Vgg

NARROW = (4, 6, 8, 10, 12)
"""channels of VGG's five blocks"""


def narrow_resnet38(name, stride):
    return ResNet38(stride, divide=16)


def narrow_vgg(name, stride):
    full = 16 if name.endswith("_fc67") else 0
    return Vgg((1, 1, 2, 2, 2), "_bn" in name, stride, full, NARROW)


def shaken(network):
    """The same network with norms that are not the identity."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.1)
    return network.eval()
