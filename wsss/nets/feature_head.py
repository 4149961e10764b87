"""A head of features beside a segmentation head, for losses that compare cells
(docs/methods.md#dfr).
"""

from typing import NamedTuple

from torch import Tensor, nn


class SegmentationMaps(NamedTuple):
    """What a segmentation network computes of a batch."""

    logits: Tensor
    """(N, classes, h, w)"""
    decoder: Tensor
    """the map that is classified, (N, D, h, w); the trunk's where a head has none"""
    trunk: Tensor
    """the trunk's last map, (N, D', h', w')"""


class FeatureHead(nn.Module):
    """1 x 1 convolution, BatchNorm, ReLU, 1 x 1 convolution; from (N, D, h, w) to (N, channels, h,
    w).
    """

    def __init__(self, inside: int, hidden: int, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(inside, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Features of each cell; they have no fixed length."""
        features: Tensor = self.layers(maps)
        return features
