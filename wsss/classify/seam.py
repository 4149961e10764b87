"""SEAM, self-supervised equivariant attention (CVPR 2020; docs/methods.md#seam).

The network runs on a photo I (first branch) and on A(I) (second branch). A is a spatial transform;
the published one rescales to 0.3 of the size. Each branch gives CAMs M and, by the pixel
correlation module, refined CAMs R.

L_ER is the mean of |A(M1) - M2|. L_ECR compares each branch's CAMs with the refined CAMs of the
other branch: A(M1) with R2, and M2 with A(R1). L_min is the min-pool loss on R. The module's
inputs and the CAMs in L_ECR are detached. So L_ECR and L_min train the module's own layers only.
All maps are compared on the second branch's grid.
"""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from wsss.classify.network import CamNetwork
from wsss.classify.pooling import classification_loss
from wsss.classify.seam_settings import SeamSettings
from wsss.classify.transforms import Transform, sample_transform
from wsss.losses.equivariance import add_background, cross_loss, keep_present, max_norm, min_pool
from wsss.losses.ramp import rising
from wsss.nets.tap_features import ComparesTaps


class SeamNetwork(ComparesTaps, CamNetwork):
    """The plain network, and 1 x 1 convolutions for the pixel correlation module's features."""

    def __init__(self, settings: SeamSettings, classes: int) -> None:
        super().__init__(settings, classes)
        self.add_tap_layers(self.trunk.tap_channels, settings.affinity_channels)


@dataclass(frozen=True)
class Branch:
    """The maps of one branch's photos."""

    maps: Tensor
    """class maps (N, C, h, w)"""
    refined: Tensor
    """refined maps (N, C + 1, h, w), background first"""


class Seam:
    """A training task: a `network`, and its `loss` on a batch."""

    def __init__(self, settings: SeamSettings, classes: int) -> None:
        self.settings = settings
        self.network = SeamNetwork(settings, classes)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """L_cls + er * L_ER + ecr * L_ECR + min_pool * L_min, and the value of each part.

        `batch` has `image` (N, 3, H, W), `tags` (N, C) and `progress`, the finished share of the
        training.
        """
        s, tags = self.settings, batch["tags"]
        transform = sample_transform(s)
        first = self._run_branch(batch["image"])
        second = self._run_branch(transform.photos(batch["image"]))
        classify_first = classification_loss(first.maps, tags, s)
        classify_second = classification_loss(second.maps, tags, s)
        classify = (classify_first + classify_second) / 2
        pooled = (min_pool(first.refined, tags) + min_pool(second.refined, tags)) / 2
        er, ecr = self._equivariance(first, second, transform, tags)
        er_weight = rising(s.er, s.er_ramp, batch["progress"])
        loss = classify + er_weight * er + s.ecr * ecr + s.min_pool * pooled
        parts = {"classify": classify, "er": er, "ecr": ecr, "min_pool": pooled}
        return loss, {name: float(part.detach()) for name, part in parts.items()}

    def _equivariance(
        self, first: Branch, second: Branch, transform: Transform, tags: Tensor
    ) -> tuple[Tensor, Tensor]:
        """L_ER and L_ECR of the two branches, on the second branch's grid.

        Cells that a rotation brings in from outside the photo count as 0 in all maps.
        """
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

    def _run_branch(self, images: Tensor) -> Branch:
        maps, features = self.network(images)
        return Branch(maps, self.network.refined(images, maps, features))
