"""SEAM, self-supervised equivariant attention (CVPR 2020; docs/methods.md#seam).

A photo is seen twice, the second time transformed (published: at 0.3 of its size). ER: the two
branches' CAMs should be the same maps, once the first's are transformed as well. ECR: each branch's
CAMs should be what the other's refined maps are; it, like the min-pool loss, trains only the pixel
correlation module, because everything that the module reads and every target of ECR is detached.
Maps are compared on the second branch's grid.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.classify.cam import classification_loss
from wsss.classify.network import CamNetwork
from wsss.classify.seam_settings import SeamSettings
from wsss.classify.transforms import draw_transform
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


class Seam:
    """A training task: `network` and `loss`."""

    def __init__(self, settings: SeamSettings, classes: int) -> None:
        self.settings = settings
        self.network = SeamNetwork(settings, classes)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """L_cls + er * L_ER + ecr * L_ECR + min_pool * L_min, with each part's value."""
        s, tags = self.settings, batch["tags"]
        transform = draw_transform(s)
        maps1, refined1 = self._branch(batch["image"])
        maps2, refined2 = self._branch(transform.photos(batch["image"]))
        size, inside = (maps2.shape[2], maps2.shape[3]), transform.inside(maps2)
        classify = (classification_loss(maps1, tags, s) + classification_loss(maps2, tags, s)) / 2
        pooled = (min_pool(refined1, tags) + min_pool(refined2, tags)) / 2
        c1, c2 = (
            keep_present(m, tags) * inside
            for m in (transform.maps(max_norm(maps1), size), max_norm(maps2))
        )
        r1, r2 = (
            keep_present(m, tags, background=True) * inside
            for m in (transform.maps(max_norm(refined1), size), max_norm(refined2))
        )
        er = (c1 - c2).abs().mean()
        ecr = cross_loss(add_background(c2) * inside, r1, s.hard_share) + cross_loss(
            add_background(c1) * inside, r2, s.hard_share
        )
        loss = classify + er_weight(s, batch["progress"]) * er + s.ecr * ecr + s.min_pool * pooled
        parts = {"classify": classify, "er": er, "ecr": ecr, "min_pool": pooled}
        return loss, {name: float(part.detach()) for name, part in parts.items()}

    def _branch(self, images: Tensor) -> tuple[Tensor, Tensor]:
        maps, features = self.network(images)
        return maps, self.network.refined(images, maps, features)


def er_weight(settings: SeamSettings, progress: float) -> float:
    """The weight of L_ER at `progress`, the share of the training that is done."""
    return settings.er * (min(1.0, progress / settings.er_ramp) if settings.er_ramp else 1.0)
