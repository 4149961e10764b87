"""Multiple instance learning (Pinheiro and Collobert, CVPR 2015; docs/methods.md#mil): a photo is a
bag of positions, and a pooling turns their scores into scores of the photo.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.classify.mil_settings import MilSettings
from wsss.classify.network import CamNetwork
from wsss.classify.pooling import pool
from wsss.classify.settings import ClassifierSettings
from wsss.nets.trunk import Features


class SegmentationNet(nn.Module):
    """The layers on the trunk's features: 3 x 3 convolutions with ReLU, and a 1 x 1 convolution to
    the planes.

    With `loss: sigmoid` the background has no weights. Its plane is 0, the score at which a class
    is as likely present as not.
    """

    def __init__(self, channels: int, classes: int, settings: MilSettings) -> None:
        super().__init__()
        self.has_background = settings.loss == "softmax"
        layers: list[nn.Module] = []
        for _ in range(settings.layers):
            layers += [_convolution(channels, settings.width), nn.ReLU(inplace=True)]
            channels = settings.width
        self.hidden = nn.Sequential(*layers)
        self.planes = nn.Conv2d(channels, classes + self.has_background, 1)
        nn.init.normal_(self.planes.weight, std=0.01)
        nn.init.zeros_(self.planes.bias)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, D, h, w) -> planes (N, C + 1, h, w), background first, any real numbers."""
        planes: Tensor = self.planes(self.hidden(features))
        if self.has_background:
            return planes
        return torch.cat([torch.zeros_like(planes[:, :1]), planes], dim=1)


def _convolution(channels: int, width: int) -> nn.Conv2d:
    """A 3 x 3 convolution whose output has the variance of its input after a ReLU (He et al.)."""
    layer = nn.Conv2d(channels, width, 3, padding=1)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer


class MilNetwork(CamNetwork):
    """A trunk and a segmentation net. Its class maps are the planes of the classes less that of the
    background, so they are above 0 where a class is likelier than background.
    """

    def planes(self, images: Tensor) -> Tensor:
        """`images` (N, 3, H, W) in 0..1 -> planes (N, C + 1, h, w), background first."""
        return self._planes_of(self.trunk(images))

    def forward(self, images: Tensor) -> tuple[Tensor, Features]:
        """`images` (N, 3, H, W) in 0..1 -> class maps (N, C, h, w), any real numbers, and the
        trunk's features.
        """
        features = self.trunk(images)
        planes = self._planes_of(features)
        return planes[:, 1:] - planes[:, :1], features

    def _planes_of(self, features: Features) -> Tensor:
        planes: Tensor = self.head(self.dropout(features.final))
        return planes

    def _make_head(self, settings: ClassifierSettings, classes: int) -> nn.Module:
        assert isinstance(settings, MilSettings)
        return SegmentationNet(self.trunk.channels, classes, settings)


class Mil:
    """A training task: a `network`, and its `loss` on a batch. The first part of the trunk is
    fixed, all of it by default; then the statistics of its norms are fixed as well.
    """

    def __init__(self, settings: MilSettings, classes: int) -> None:
        if not settings.train_trunk:
            settings = settings.model_copy(update={"freeze_norm": True})
        self.settings = settings
        self.network = MilNetwork(settings, classes)
        _fix_first(self.network.trunk, settings.train_trunk)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The loss of `batch["image"]` (N, 3, H, W) and `batch["tags"]` (N, C); no parts."""
        scores = pool(self.network.planes(batch["image"]), self.settings)
        if self.settings.loss == "softmax":
            return F.cross_entropy(scores, share_label(batch["tags"])), {}
        return F.multilabel_soft_margin_loss(scores[:, 1:], batch["tags"]), {}

    def label_probabilities(self, scores: Tensor) -> Tensor:
        """The image-level prior p(k), (..., C + 1), of pooled scores (..., C + 1).

        By `softmax` it sums to 1, as published. By `sigmoid` each class has its own probability,
        and the background is always there.
        """
        if self.settings.loss == "softmax":
            return scores.softmax(dim=-1)
        prior = scores.sigmoid()
        prior[..., 0] = 1
        return prior


def share_label(tags: Tensor) -> Tensor:
    """The target of each photo, (N, C + 1), from its tags (N, C) of 0 and 1: each of n tags has
    1/n. Without tags the background has 1.

    The paper's photos have one label each. The even share of several tags is ours.
    """
    count = tags.sum(dim=1, keepdim=True)
    return torch.cat([(count == 0).to(tags), tags / count.clamp(min=1)], dim=1)


def _fix_first(trunk: nn.Module, share: float) -> None:
    """Fix all tensors of a trunk but a `share` of them, the last ones."""
    parameters = list(trunk.parameters())
    fixed = len(parameters) - round(share * len(parameters))
    for parameter in parameters[:fixed]:
        parameter.requires_grad_(False)
