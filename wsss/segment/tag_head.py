"""The head of a single stage that learns the tags (docs/methods.md#rrm): class maps of the trunk's
last map, and class scores.

It starts from random values, or from ImageNet's own classifier (docs/methods.md#imagenet-head).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor, nn

from wsss.classify.imagenet_rows import name_rows
from wsss.nets.imagenet_head import ImageNetHead, make_imagenet_head, position_features
from wsss.segment.last_layers import LastLayers
from wsss.segment.networks import V3Plus
from wsss.segment.rrm_settings import RrmSettings

Describe = Callable[[Tensor], Tensor]
"""from the trunk's last map (N, D, h, w) to what is classified, (N, P, h, w)"""


class TagHead(nn.Module):
    """Class maps, and class scores, their means. `describe` makes features (N, P, h, w) of the
    trunk's last map, `classify` class maps (N, C, h, w) of features.
    """

    def __init__(self, describe: Describe, classify: nn.Module, dropout: float) -> None:
        super().__init__()
        self.describe, self.classify = describe, classify
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, last: Tensor) -> Tensor:
        """(N, D, h, w) -> class maps (N, C, h, w), any real numbers."""
        maps: Tensor = self.classify(self.describe(last))
        return maps

    def score(self, last: Tensor) -> Tensor:
        """(N, D, h, w) -> class scores (N, C), of features with dropout."""
        maps: Tensor = self.classify(self.dropout(self.describe(last)))
        return maps.mean(dim=(2, 3))

    def pretrained(self) -> list[nn.Module]:
        """The layers that are as much pretrained as the trunk is, and learn at its rate."""
        if not isinstance(self.classify, ImageNetHead):
            return []
        own = [self.describe] if isinstance(self.describe, nn.Module) else []
        return [*own, self.classify.rows]

    def name_classes(self, settings: RrmSettings, classes: tuple[str, ...]) -> list[str]:
        """Take the names of the classes, before a training starts; returns lines for the log.
        UserError as `name_rows`.
        """
        if not isinstance(self.classify, ImageNetHead):
            return []
        return name_rows(self.classify, classes, settings.imagenet_names)


def make_tag_head(network: Any, settings: RrmSettings, classes: int) -> TagHead:
    """The head on the last map of a V3Plus or a DeepLabV2. UserError where `head_from: imagenet`
    does not fit the backbone.
    """
    if settings.head_from == "imagenet":
        return make_rows_head(network, settings, classes)
    classify = nn.Conv2d(network.map_channels["trunk"], classes, 1, bias=False)
    nn.init.normal_(classify.weight, std=0.01)
    return TagHead(nn.Identity(), classify, settings.dropout)


def make_rows_head(network: Any, settings: RrmSettings, classes: int) -> TagHead:
    """The head from ImageNet's rows. A Trunk has all layers before the rows; the encoder of a
    V3Plus may lack the last ones, which the head then brings.
    """
    if isinstance(network, V3Plus):
        last = LastLayers(network, settings)
        classify = make_imagenet_head(last.trunk.body, last.trunk.channels, classes, settings)
        return TagHead(last, classify, settings.dropout)
    trunk = network.trunk
    classify = make_imagenet_head(trunk.body, trunk.channels, classes, settings)
    # a function, as the layers belong to the trunk
    return TagHead(partial(position_features, trunk.body), classify, settings.dropout)
