"""Group-WSSS (AAAI 2021, TIP 2022; docs/methods.md#group-wsss): photos with the same tags form a
group, and exchange messages about their class maps. Each photo is classified by its maps before and
after the messages.
"""

from typing import Any

import torch
from torch import Tensor, nn

from wsss.classify.group_graph import GroupGraph
from wsss.classify.group_settings import GroupSettings
from wsss.classify.network import CamNetwork
from wsss.classify.pooling import classification_loss
from wsss.classify.settings import ClassifierSettings
from wsss.nets.trunk import Features
from wsss.training.batches import Batches, GroupBatches
from wsss.training.partners import SameTags
from wsss.training.photos import TrainingPhotos
from wsss.training.ranks import Ranks
from wsss.training.settings import TrainingSettings


class GroupNetwork(CamNetwork):
    """The plain network with convolutions before its class maps, and a graph on these. Alone, a
    photo has the maps before the messages.
    """

    def __init__(self, settings: GroupSettings, classes: int) -> None:
        super().__init__(settings, classes)
        self.deepen = _extra_layers(self.trunk.channels, settings)
        self.graph = GroupGraph(settings, classes)

    def forward(self, images: Tensor) -> tuple[Tensor, Features]:
        """`images` (N, 3, H, W) in 0..1 -> the initial class maps (N, C, h, w), and the trunk's
        features.
        """
        if not len(self.deepen):
            return super().forward(images)
        features = self.trunk(images)
        return self.head(self.dropout(self.deepen(features.final))), features

    def _make_head(self, settings: ClassifierSettings, classes: int) -> nn.Module:
        assert isinstance(settings, GroupSettings)
        if not settings.extra_layers:
            return super()._make_head(settings, classes)
        head = nn.Conv2d(settings.extra_width, classes, 1, bias=False)
        nn.init.normal_(head.weight, std=0.01)
        return head


class Group:
    """A training task: a `network`, its `loss` on a batch of groups, and its `batches`."""

    def __init__(self, settings: GroupSettings, classes: int) -> None:
        self.settings = settings
        self.network = GroupNetwork(settings, classes)
        self.keeps_epochs = settings.keep_epochs

    def batches(
        self, photos: TrainingPhotos, settings: TrainingSettings, start: int, ranks: Ranks
    ) -> Batches:
        """Batches of groups of photos with the same tags. One line says which photos lack partners;
        another crop of the photo itself stands in for them.
        """
        size, partners = self.settings.size, SameTags(photos.photos)
        account = partners.account(size - 1)
        if account and not ranks.rank:
            print(account, flush=True)
        return GroupBatches(photos.photos, size, settings, start, ranks, partners)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """1 / (2K) (initial_weight * sum of SM(initial maps) + sum of SM(final maps)) over the K
        photos of a group, mean over groups, and the mean of each SM. SM is the multi-label soft
        margin loss.

        `batch` has `image` (N, 3, H, W) and `tags` (N, C), the photos of a group in a row.
        """
        maps = self.network(batch["image"])[0].float()
        states = maps.unflatten(0, (-1, self.settings.size))
        updated = self.network.graph(states).flatten(0, 1)
        initial = classification_loss(maps, batch["tags"], self.settings)
        final = classification_loss(updated, batch["tags"], self.settings)
        loss = (self.settings.initial_weight * initial + final) / 2
        return loss, {"initial": float(initial.detach()), "final": float(final.detach())}


def _extra_layers(channels: int, settings: GroupSettings) -> nn.Sequential:
    """The 3 x 3 convolutions between trunk and class maps, each with a ReLU."""
    layers: list[nn.Module] = []
    for _ in range(settings.extra_layers):
        conv = nn.Conv2d(channels, settings.extra_width, 3, padding=1)
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        nn.init.zeros_(torch.as_tensor(conv.bias))
        layers += [conv, nn.ReLU(inplace=True)]
        channels = settings.extra_width
    return nn.Sequential(*layers)
