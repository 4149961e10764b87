"""The plain classifier network (docs/methods.md#cam): a trunk, and a 1 x 1 convolution that gives
the class maps.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.classify.imagenet_rows import name_rows
from wsss.classify.settings import ClassifierSettings
from wsss.nets.imagenet_head import ImageNetHead, make_imagenet_head, position_features
from wsss.nets.pcm import correlate, suppress
from wsss.nets.trunk import Features, Trunk


class CamNetwork(nn.Module):
    """A trunk and a class map head without bias. A class's score is pooled from its map, so the
    maps are the CAMs themselves. `classes` is their number.
    """

    head: nn.Module

    def __init__(self, settings: ClassifierSettings, classes: int) -> None:
        super().__init__()
        self.trunk = Trunk.of(settings)
        self.dropout = nn.Dropout2d(settings.dropout)
        self.classes = classes
        self.head = self._make_head(settings, classes)
        self.imagenet_names = settings.imagenet_names

    def forward(self, images: Tensor) -> tuple[Tensor, Features]:
        """`images` (N, 3, H, W) in 0..1 -> class maps (N, C, h, w), any real numbers, and the
        trunk's features.
        """
        features = self.trunk(images)
        final = features.final
        if isinstance(self.head, ImageNetHead):
            final = position_features(self.trunk.body, final)
        return self.head(self.dropout(final)), features

    def affinity_features(self, images: Tensor, features: Features) -> Tensor:
        """Features (N, D, h, w) whose cosine similarity refines maps: the trunk's taps, resized to
        the last map, each scaled to unit length, concatenated and scaled to unit length again.

        `images` are not used here. ComparesTaps (tap_features.py) overrides this and adds them.
        """
        size = features.final.shape[-2:]
        taps = [F.interpolate(t, size, mode="bilinear", align_corners=False) for t in features.taps]
        return F.normalize(torch.cat([F.normalize(t, dim=1) for t in taps], dim=1), dim=1)

    def refined(
        self, images: Tensor, maps: Tensor, features: Features, tags: Tensor | None = None
    ) -> Tensor:
        """From class maps (N, C, h, w) to maps refined by the pixel correlation module,
        (N, C + 1, h, w), background first.

        `tags` (N, C), if given, sets absent classes to 0 before `suppress` keeps the largest class
        of each cell. Published SEAM does not.
        """
        return correlate(suppress(maps, tags), self.affinity_features(images, features))

    def name_classes(self, classes: tuple[str, ...]) -> list[str]:
        """Take the names of the classes, before a training starts; returns lines for the log.

        A head from ImageNet's rows looks for the rows of each class here. Where it has no rows,
        because the network has no pretrained classifier, all classes start from random values if
        the settings allow that; UserError if not.
        """
        if not isinstance(self.head, ImageNetHead):
            return []
        return name_rows(self.head, classes, self.imagenet_names)

    def _make_head(self, settings: ClassifierSettings, classes: int) -> nn.Module:
        """The layer from features to class maps; with the rows of ImageNet's classifier where the
        settings ask for them and the trunk has pretrained weights.
        """
        if settings.head_from != "random":
            body = self.trunk.body
            return make_imagenet_head(body, self.trunk.channels, classes, settings)
        head = nn.Conv2d(self.trunk.channels, classes, 1, bias=False)
        nn.init.normal_(head.weight, std=0.01)
        return head
