"""DeepLab v1 (LargeFOV) and v2 (ASPP) on any trunk: logits over background and classes at the
output stride (docs/methods.md#deeplab).
"""

from torch import Tensor, nn

from wsss.nets.feature_head import SegmentationMaps
from wsss.nets.heads import DILATIONS, Aspp
from wsss.nets.settings import TrunkSettings
from wsss.nets.trunk import Trunk


class DeepLabV2(nn.Module):
    """A trunk with the head `aspp` or `largefov`. `labels` counts background and classes; `hidden`
    is as in `Aspp`.
    """

    def __init__(self, settings: TrunkSettings, labels: int, hidden: int, head: str) -> None:
        super().__init__()
        self.trunk = Trunk.of(settings)
        self.head = Aspp(self.trunk.channels, labels, hidden, DILATIONS[head])
        self.map_channels = {"decoder": self.trunk.channels, "trunk": self.trunk.channels}

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) in 0..1 -> logits (N, labels, h, w)."""
        return self.maps(images).logits

    def maps(self, images: Tensor) -> SegmentationMaps:
        """The logits, and the trunk's last map, which its head classifies."""
        final = self.trunk(images).final
        return SegmentationMaps(self.head(final), final, final)
