"""Segmentation heads on a trunk: DeepLab v2's ASPP and LargeFOV."""

from torch import Tensor, nn

DILATIONS = {"aspp": (6, 12, 18, 24), "largefov": (12,)}
"""LargeFOV is one branch of what ASPP sums (docs/methods.md#deeplab)."""


class Aspp(nn.Module):
    """DeepLab v2: parallel dilated branches (3x3 -> 1x1 -> classes), summed
    (docs/methods.md#deeplab).

    `hidden` = 0 makes the v2 form of a residual trunk: one 3x3 convolution straight to the classes
    per dilation.
    """

    def __init__(
        self,
        channels: int,
        classes: int,
        hidden: int = 256,
        dilations: tuple[int, ...] = (6, 12, 18, 24),
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.branches = nn.ModuleList()
        for dilation in dilations:
            self.branches.append(_branch(channels, classes, hidden, dilation, dropout))

    def forward(self, features: Tensor) -> Tensor:
        """(N, D, h, w) -> logits (N, classes, h, w)."""
        logits = [branch(features) for branch in self.branches]
        total: Tensor = sum(logits[1:], start=logits[0])
        return total


def _branch(channels: int, classes: int, hidden: int, dilation: int, dropout: float) -> nn.Module:
    if not hidden:
        layers: list[nn.Module] = [
            nn.Conv2d(channels, classes, 3, padding=dilation, dilation=dilation)
        ]
    else:
        layers = [
            nn.Conv2d(channels, hidden, 3, padding=dilation, dilation=dilation),
            nn.ReLU(inplace=True),
            nn.Dropout2d(dropout),
            nn.Conv2d(hidden, hidden, 1),
            nn.ReLU(inplace=True),
            nn.Dropout2d(dropout),
            nn.Conv2d(hidden, classes, 1),
        ]
    nn.init.normal_(layers[-1].weight, std=0.01)  # type: ignore[arg-type]
    nn.init.zeros_(layers[-1].bias)  # type: ignore[arg-type]
    return nn.Sequential(*layers)
