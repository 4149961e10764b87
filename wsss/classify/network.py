"""The plain classifier network (docs/methods.md#cam): a trunk, and a 1 x 1 convolution that gives
the class maps.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.classify.settings import ClassifierSettings
from wsss.nets.pcm import correlate, suppress
from wsss.nets.trunk import Features, Trunk


class CamNetwork(nn.Module):
    """A trunk and a class map head without bias. A class's score is pooled from its map, so the
    maps are the CAMs themselves.
    """

    def __init__(self, settings: ClassifierSettings, classes: int) -> None:
        super().__init__()
        self.trunk = Trunk(
            settings.backbone, settings.output_stride, settings.weights, settings.freeze_norm
        )
        self.dropout = nn.Dropout2d(settings.dropout)
        self.head = nn.Conv2d(self.trunk.channels, classes, 1, bias=False)
        nn.init.normal_(self.head.weight, std=0.01)

    def forward(self, images: Tensor) -> tuple[Tensor, Features]:
        """`images` (N, 3, H, W) in 0..1 -> class maps (N, C, h, w), any real numbers, and the
        trunk's features.
        """
        features = self.trunk(images)
        return self.head(self.dropout(features.final)), features

    def affinity_features(self, images: Tensor, features: Features) -> Tensor:
        """Features (N, D, h, w) whose cosine similarity refines maps: the trunk's taps, resized to
        the last map, each scaled to unit length, concatenated and scaled to unit length again.

        `images` are not used here. SeamNetwork overrides this and adds the photo.
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
