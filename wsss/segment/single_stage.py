"""RRM as a training task (Zhang et al., Reliability Does Matter, AAAI 2020; docs/methods.md#rrm): a
network in one training, from photos and their tags. AA&LR adds losses (aalr.py).

A head of class maps and a segmentation head share a trunk. The class maps learn from the tags. They
become labels, which the segmentation head learns from.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.data.images import IGNORE
from wsss.losses.labels import label_loss
from wsss.losses.labels_settings import CONFIDENCE
from wsss.losses.regulariser import Given, make_regulariser
from wsss.losses.tags import tag_loss
from wsss.nets.feature_head import SegmentationMaps
from wsss.segment.labeller import Labelled, Labeller
from wsss.segment.networks import make_network
from wsss.segment.rrm_settings import RrmSettings
from wsss.segment.tag_head import make_tag_head
from wsss.training.optimiser import ParameterGroup, default_groups
from wsss.training.targets import REGION

Weighted = dict[str, tuple[float, Tensor]]
"""name of a loss -> its weight and value"""
Parts = dict[str, float]
"""values for the history"""


class SingleStage:
    """A training task (wsss.training.loop.Task) on photos and tags. Its network gives logits over
    background and classes.
    """

    def __init__(self, settings: RrmSettings, classes: int) -> None:
        self.settings: Any = settings
        self.network: Any = make_network(settings, classes)
        self.network.tag_head = make_tag_head(self.network, settings, classes)
        name_classes = partial(self.network.tag_head.name_classes, settings)
        self.network.name_classes = name_classes  # type: ignore[assignment]
        self.regulariser = make_regulariser(settings)
        self.labeller = Labeller(settings, classes)
        self.supervision = torch.zeros(0)

    def parameter_groups(self, settings: RrmSettings) -> list[ParameterGroup]:
        """The default groups, in which pretrained layers of the tag head count as such."""
        pretrained = nn.ModuleList([self.network.trunk, *self.network.tag_head.pretrained()])
        return default_groups(self.network, pretrained, settings)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, Parts]:
        """The weighted sum of all losses, and as parts their values (those of regularisers with
        their weights), `supervised`, the share of the photos' pixels that have a label, and `made`,
        the share of the photos whose labels are new.

        `batch` has `image`, `tags`, `id`, `region` and `place` (targets.py). It sets `supervision`,
        int64 (N, S, S), to the labels of the batch.
        """
        maps: SegmentationMaps = self.network.maps(batch["image"])
        scores = self.network.tag_head.score(maps.trunk)
        losses: Weighted = {
            "classify": (self.settings.classify_weight, tag_loss(scores, batch["tags"]))
        }
        added, parts = self.online_losses(batch, maps)
        losses |= added
        values = {name: float(value.detach()) for name, (_, value) in losses.items()}
        total = torch.stack([weight * value for weight, value in losses.values()]).sum()
        return total, {**values, **parts}

    def online_losses(
        self, batch: dict[str, Any], maps: SegmentationMaps
    ) -> tuple[Weighted, Parts]:
        """The losses on the labels that the batch gets; none before `labels_after`."""
        if batch["progress"] < self.settings.labels_after:
            self.supervision = torch.full(batch[REGION].shape, IGNORE)
            return {}, {"supervised": 0.0, "made": 0.0}
        labelled = self.label(batch, maps)
        self.supervision = labelled.labels
        losses, parts = self.label_losses(batch, maps, labelled)
        covered = coverage(labelled.labels, batch[REGION])
        return losses, {**parts, "supervised": covered, "made": labelled.made}

    def label(self, batch: dict[str, Any], maps: SegmentationMaps) -> Labelled:
        """The online labels of a batch. The network is in eval mode for other scales than 1."""
        with torch.no_grad():
            at_one = self.network.tag_head(maps.trunk)
        with evaluated(self.network):
            return self.labeller.label(batch, self.class_maps, at_one)

    def class_maps(self, images: Tensor) -> Tensor:
        """The class maps (N, C, h, w) of images (N, 3, H, W) in 0..1, any real numbers."""
        maps: Tensor = self.network.tag_head(self.network.last_map(images))
        return maps

    def label_losses(
        self, batch: dict[str, Any], maps: SegmentationMaps, labelled: Labelled
    ) -> tuple[Weighted, Parts]:
        """The losses on online labels, and the parts of the regularised loss, which has its weight
        in its value.
        """
        segment = self.segment_loss(maps, labelled)
        losses: Weighted = {"segment": (self.settings.segment_weight, segment)}
        if self.regulariser is None:
            return losses, {}
        given = Given(
            batch["image"], maps.logits, labelled.labels, batch[REGION], batch["progress"]
        )
        added = self.regulariser(given)
        if added is None:
            return losses, {}
        return {**losses, self.settings.regulariser: (1.0, added[0])}, added[1]

    def segment_loss(self, maps: SegmentationMaps, labelled: Labelled) -> Tensor:
        """The loss on label maps, at their size (wsss/losses/labels.py)."""
        labels, beside = labelled.labels, {CONFIDENCE: labelled.confidence * 255}
        logits = F.interpolate(maps.logits, labels.shape[-2:], mode="bilinear", align_corners=False)
        return label_loss(logits.float(), labels, self.settings, beside)

    def end_epoch(self, labels: tuple[str, ...], total: Callable[[Tensor], Tensor]) -> list[str]:
        """Lines on the labels of the epoch, for the log."""
        return self.labeller.account.close(labels, total)

    def memory(self) -> dict[str, Any]:
        """What a training that resumes needs besides the network."""
        return {"photos": self.labeller.memory.state(), "counts": self.labeller.account.state()}

    def restore(self, memory: dict[str, Any]) -> None:
        """Continue with what `memory` gave."""
        self.labeller.memory.restore(memory["photos"])
        self.labeller.account.restore(memory["counts"])


@contextmanager
def evaluated(network: nn.Module) -> Iterator[None]:
    """The network in eval mode, and then in the mode that it had."""
    training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(training)


def coverage(labels: Tensor, region: Tensor) -> float:
    """The share of the pixels of a region (N, S, S) that have a label, int64 (N, S, S)."""
    return float((labels != IGNORE).sum() / region.sum().clamp(min=1))
