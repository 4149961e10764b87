"""A trunk with a head of DeepLab v2 or v1 (LargeFOV): logits over background and classes at the
output stride.
"""

from torch import Tensor, nn

from wsss.nets.heads import DILATIONS, Aspp
from wsss.nets.settings import TrunkSettings
from wsss.nets.trunk import Trunk


class DeepLabV2(nn.Module):
    """Any trunk and summed dilated branches with `hidden` channels (0: straight to the labels);
    head largefov has one.
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
