"""SEAM, self-supervised equivariant attention (CVPR 2020; docs/methods.md#seam).

A photo is seen twice, the second time transformed (published: at 0.3 of its size). ER: the two
branches' CAMs should be the same maps, once the first's are transformed as well. ECR: each branch's
CAMs should be what the other's refined maps are; it, like the min-pool loss, trains only the pixel
correlation module, because everything that the module reads and every target of ECR is detached.
Maps are compared on the second branch's grid.
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.classify.cam import classification_loss
from wsss.classify.network import CamNetwork
from wsss.classify.seam_settings import SeamSettings
from wsss.classify.transforms import Transform, draw_transform
from wsss.losses.equivariance import add_background, cross_loss, keep_present, max_norm, min_pool
from wsss.nets.resize import resize_maps
from wsss.nets.trunk import Features


class SeamNetwork(CamNetwork):
    """The plain network plus the layers whose features the pixel correlation module compares."""

    def __init__(self, settings: SeamSettings, classes: int) -> None:
        super().__init__(settings, classes)
        shallow, deep = self.trunk.tap_channels
        self.tap_shallow = nn.Conv2d(shallow, 64, 1, bias=False)
        self.tap_deep = nn.Conv2d(deep, 128, 1, bias=False)
        self.compare = nn.Conv2d(3 + 64 + 128, settings.affinity_channels, 1, bias=False)
        for layer in (self.tap_shallow, self.tap_deep):
            nn.init.kaiming_normal_(layer.weight)
        nn.init.xavier_uniform_(self.compare.weight, gain=4)

    def affinity_features(self, images: Tensor, features: Features) -> Tensor:
        """The photo and two taps through 1 x 1 convolutions, (N, affinity_channels, h, w); nothing
        reaches the trunk.
        """
        size = (features.final.shape[2], features.final.shape[3])
        shallow, deep = (resize_maps(t.detach(), size) for t in features.taps)
        parts = [
            resize_maps(images, size),
            F.relu(self.tap_shallow(shallow)),
            F.relu(self.tap_deep(deep)),
        ]
        compared: Tensor = self.compare(torch.cat(parts, dim=1))
        return compared


@dataclass(frozen=True)
class Branch:
    """What the network makes of the photos of one branch."""

    maps: Tensor
    """(N, classes, h, w)"""
    refined: Tensor
    """(N, classes + 1, h, w), background first"""


class Seam:
    """A training task: `network` and `loss`."""

    def __init__(self, settings: SeamSettings, classes: int) -> None:
        self.settings = settings
        self.network = SeamNetwork(settings, classes)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """L_cls + er * L_ER + ecr * L_ECR + min_pool * L_min, with each part's value."""
        s, tags = self.settings, batch["tags"]
        transform = draw_transform(s)
        first = self._branch(batch["image"])
        second = self._branch(transform.photos(batch["image"]))
        classify1 = classification_loss(first.maps, tags, s)
        classify2 = classification_loss(second.maps, tags, s)
        classify = (classify1 + classify2) / 2
        pooled = (min_pool(first.refined, tags) + min_pool(second.refined, tags)) / 2
        er, ecr = self._equivariance(first, second, transform, tags)
        loss = classify + er_weight(s, batch["progress"]) * er + s.ecr * ecr + s.min_pool * pooled
        parts = {"classify": classify, "er": er, "ecr": ecr, "min_pool": pooled}
        return loss, {name: float(part.detach()) for name, part in parts.items()}

    def _equivariance(
        self, first: Branch, second: Branch, transform: Transform, tags: Tensor
    ) -> tuple[Tensor, Tensor]:
        """L_ER and L_ECR of the two branches, on the second one's grid."""
        size = (second.maps.shape[2], second.maps.shape[3])
        inside = transform.inside(second.maps)
        maps1 = transform.maps(max_norm(first.maps), size)
        maps1 = keep_present(maps1, tags) * inside
        maps2 = keep_present(max_norm(second.maps), tags) * inside
        refined1 = transform.maps(max_norm(first.refined), size)
        refined1 = keep_present(refined1, tags, background=True) * inside
        refined2 = keep_present(max_norm(second.refined), tags, background=True) * inside
        er = (maps1 - maps2).abs().mean()
        share = self.settings.hard_share
        ecr1 = cross_loss(add_background(maps2) * inside, refined1, share)
        ecr2 = cross_loss(add_background(maps1) * inside, refined2, share)
        return er, ecr1 + ecr2

    def _branch(self, images: Tensor) -> Branch:
        maps, features = self.network(images)
        return Branch(maps, self.network.refined(images, maps, features))


def er_weight(settings: SeamSettings, progress: float) -> float:
    """The weight of L_ER at `progress`, the share of the training that is done."""
    if not settings.er_ramp:
        return settings.er
    return settings.er * min(1.0, progress / settings.er_ramp)
