"""The learned features that SEAM's pixel correlation module compares, from a photo and two taps of
a trunk (docs/methods.md#pcm).
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.nets.resize import resize_maps
from wsss.nets.trunk import Features, Trunk

CHANNELS = 3 + 64 + 128
"""channels of the photo and the two taps together"""


class ComparesTaps(nn.Module):
    """A base of networks that compare cells by learned features. It stands before the network's
    other base, so that its `affinity_features` is the one in use.

    The layers are the network's own, not those of a module in it, as published models name them.
    """

    trunk: Trunk
    tap_shallow: nn.Conv2d
    tap_deep: nn.Conv2d
    compare: nn.Conv2d

    def add_tap_layers(self, tap_channels: Sequence[int], channels: int) -> None:
        """Add the layers for a trunk's last two taps; `channels` is the number of features."""
        shallow, deep = tap_channels
        self.tap_shallow = nn.Conv2d(shallow, 64, 1, bias=False)
        self.tap_deep = nn.Conv2d(deep, 128, 1, bias=False)
        self.compare = nn.Conv2d(CHANNELS, channels, 1, bias=False)
        for layer in (self.tap_shallow, self.tap_deep):
            nn.init.kaiming_normal_(layer.weight)
        nn.init.xavier_uniform_(self.compare.weight, gain=4)

    def stack_taps(self, images: Tensor, features: Features) -> Tensor:
        """The photo and the two taps on the grid of the last map, (N, CHANNELS, h, w).

        `images` is (N, 3, H, W) in 0..1. The photo is normalised as the trunk's input. The taps are
        detached, so no gradient reaches the trunk.
        """
        size = (features.final.shape[2], features.final.shape[3])
        shallow, deep = (resize_maps(t.detach(), size) for t in features.taps)
        parts = [
            resize_maps(self.trunk.normalise(images), size),
            F.relu(self.tap_shallow(shallow)),
            F.relu(self.tap_deep(deep)),
        ]
        return torch.cat(parts, dim=1)

    def affinity_features(self, images: Tensor, features: Features) -> Tensor:
        """Features (N, D, h, w) whose cosine similarity refines maps, D as in `add_tap_layers`."""
        compared: Tensor = self.compare(self.stack_taps(images, features))
        return compared
