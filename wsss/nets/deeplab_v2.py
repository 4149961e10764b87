"""DeepLab v1 (LargeFOV) and v2 (ASPP) on any trunk: logits over background and classes at the
output stride (docs/methods.md#deeplab).
"""

from torch import Tensor, nn

from wsss.nets.heads import DILATIONS, Aspp
from wsss.nets.settings import TrunkSettings
from wsss.nets.trunk import Trunk


class DeepLabV2(nn.Module):
    """A trunk with the head `aspp` or `largefov`. `labels` counts background and classes; `hidden`
    is as in `Aspp`.
    """

    def __init__(self, settings: TrunkSettings, labels: int, hidden: int, head: str) -> None:
        super().__init__()
        self.trunk = Trunk(
            settings.backbone, settings.output_stride, settings.weights, settings.freeze_norm
        )
        self.head = Aspp(self.trunk.channels, labels, hidden, DILATIONS[head])

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) in 0..1 -> logits (N, labels, h, w)."""
        logits: Tensor = self.head(self.trunk(images).final)
        return logits
