"""AffinityNet (PSA, CVPR 2018; docs/methods.md#psa): two pixels belong together when the L1
distance of their features is small.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.affinity.psa_settings import PsaSettings
from wsss.losses.pair import pair_loss
from wsss.nets.pairs import pair_distances
from wsss.nets.trunk import Trunk
from wsss.training.grids import labels_on


class AffinityNetwork(nn.Module):
    """Features whose distances give the affinities.

    Two inner feature maps of the trunk and its last one go through 1 x 1 convolutions to 64, 128
    and 256 channels, and all 448 through one more.
    """

    def __init__(self, settings: PsaSettings) -> None:
        super().__init__()
        self.trunk = Trunk.of(settings)
        self.train_trunk = settings.train_trunk
        widths = zip([*self.trunk.tap_channels, self.trunk.channels], (64, 128, 256))
        self.layers = nn.ModuleList(nn.Conv2d(old, new, 1, bias=False) for old, new in widths)
        self.join = nn.Conv2d(448, 448, 1, bias=False)
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight)  # type: ignore[arg-type]
        nn.init.xavier_uniform_(self.join.weight, gain=4)

    def forward(self, images: Tensor) -> Tensor:
        """From images (N, 3, H, W) in 0..1 to features (N, 448, h, w) at the output stride."""
        with torch.set_grad_enabled(self.train_trunk and torch.is_grad_enabled()):
            features = self.trunk(images)
        size = features.final.shape[-2:]
        parts = []
        for layer, x in zip(self.layers, [*features.taps, features.final]):
            resized = F.interpolate(x, size, mode="bilinear", align_corners=False)
            parts.append(F.elu(layer(resized)))
        return F.elu(self.join(torch.cat(parts, dim=1)))


class Psa:
    """A training task (wsss.training.loop.Task) on confident areas, given as label maps."""

    def __init__(self, settings: PsaSettings, classes: int) -> None:
        self.settings = settings
        self.network = AffinityNetwork(settings)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The pair loss of the affinities exp(-distance), and its parts."""
        # in half precision 1 - affinity would round to 0
        features = self.network(batch["image"]).float()
        labels = labels_on(batch["labels"], (features.shape[2], features.shape[3]))
        radius, at_edges = self.settings.radius, self.settings.edge_pairs
        affinity = torch.exp(-pair_distances(features, radius))
        return pair_loss(affinity, labels, radius, at_edges)
