"""Segmentation heads on a trunk: DeepLab v2's ASPP and LargeFOV, and RRM's two convolutions."""

from torch import Tensor, nn

DILATIONS = {"aspp": (6, 12, 18, 24), "largefov": (12,)}
"""head -> dilations of its branches; LargeFOV is an ASPP of one branch (docs/methods.md#deeplab)"""


class Aspp(nn.Module):
    """DeepLab v2: parallel dilated branches (3 x 3, 1 x 1, 1 x 1 to the classes), summed
    (docs/methods.md#deeplab).

    `classes` counts the background. `hidden` is the channels of a branch's first two layers; 0
    gives v2's form for ResNets, where a branch is one 3 x 3 convolution to the classes.
    """

    def __init__(
        self,
        channels: int,
        classes: int,
        hidden: int = 256,
        dilations: tuple[int, ...] = DILATIONS["aspp"],
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


class TwoConvs(nn.Module):
    """RRM's segmentation branch: two 3 x 3 convolutions, dilated by 12, with a ReLU between them
    (docs/methods.md#rrm).
    """

    def __init__(self, channels: int, classes: int, hidden: int, dilation: int = 12) -> None:
        super().__init__()
        self.enter = nn.Conv2d(channels, hidden, 3, padding=dilation, dilation=dilation)
        self.decide = nn.Conv2d(hidden, classes, 3, padding=dilation, dilation=dilation)
        nn.init.normal_(self.decide.weight, std=0.01)
        nn.init.zeros_(self.decide.bias)  # type: ignore[arg-type]

    def describe(self, features: Tensor) -> Tensor:
        """(N, D, h, w) -> what is classified, (N, hidden, h, w)."""
        described: Tensor = self.enter(features).relu()
        return described

    def forward(self, features: Tensor) -> Tensor:
        """(N, D, h, w) -> logits (N, classes, h, w)."""
        logits: Tensor = self.decide(self.describe(features))
        return logits


def _branch(channels: int, classes: int, hidden: int, dilation: int, dropout: float) -> nn.Module:
    """One dilated branch; its last layer starts near 0, with standard deviation 0.01."""
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
