"""DeepLab v1 (LargeFOV) and v2 (ASPP) on any trunk, and RRM's branch: logits over background and
classes at the output stride (docs/methods.md#deeplab).
"""

from torch import Tensor, nn

from wsss.nets.feature_head import SegmentationMaps
from wsss.nets.heads import DILATIONS, Aspp, TwoConvs
from wsss.nets.settings import TrunkSettings
from wsss.nets.trunk import Trunk


class DeepLabV2(nn.Module):
    """A trunk with the head `aspp`, `largefov` or `two_convs`. `labels` counts background and
    classes; `hidden` is as in `Aspp`.
    """

    head: Aspp | TwoConvs

    def __init__(self, settings: TrunkSettings, labels: int, hidden: int, head: str) -> None:
        super().__init__()
        self.trunk = Trunk.of(settings)
        channels = self.trunk.channels
        self.map_channels = {"decoder": channels, "trunk": channels}
        if head == "two_convs":
            self.head = TwoConvs(channels, labels, hidden)
            self.map_channels["decoder"] = hidden
        else:
            self.head = Aspp(channels, labels, hidden, DILATIONS[head])

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) in 0..1 -> logits (N, labels, h, w)."""
        return self.maps(images).logits

    def maps(self, images: Tensor) -> SegmentationMaps:
        """The logits, the map that is classified, and the trunk's last map. These two are one for
        `aspp` and `largefov`.
        """
        final = self.last_map(images)
        if isinstance(self.head, TwoConvs):
            described = self.head.describe(final)
            return SegmentationMaps(self.head.decide(described), described, final)
        return SegmentationMaps(self.head(final), final, final)

    def last_map(self, images: Tensor) -> Tensor:
        """The trunk's last map, (N, D, h, w), of images (N, 3, H, W) in 0..1."""
        final: Tensor = self.trunk(images).final
        return final
