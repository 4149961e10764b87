"""A network that has an output stride without dilation, as IRNet's ResNet-50 at stride 16
(docs/methods.md#backbones).

Where a stride is left out, the layers after it are dilated, so that they see what they saw in
their training. Some published networks leave out the stride and do not dilate.
"""

from torch import nn


def undilate(network: nn.Module) -> None:
    """Set the dilation of every convolution to 1, in place; maps keep their sizes."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and max(module.dilation) > 1:
            if not isinstance(module.padding, str):
                padding = [p // d for p, d in zip(module.padding, module.dilation)]
                module.padding = (padding[0], padding[1])
            module.dilation = (1, 1)
