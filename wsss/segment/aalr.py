"""AA&LR as a training task (Zhang et al., Adaptive Affinity Loss and Erroneous Pseudo-Label
Refinement, ACM MM 2021; docs/methods.md#aalr): RRM with an adaptive affinity loss, and a loss that
reassigns labels by prototypes.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.losses.affinity_field import Cells, adaptive_affinity_loss
from wsss.losses.affinity_field_settings import AffinityFieldSettings
from wsss.losses.reassign import Embedded, Prototypes, Reassigned, reassign
from wsss.losses.reassign_settings import ReassignSettings
from wsss.losses.regulariser import strength
from wsss.nets.feature_head import SegmentationMaps
from wsss.segment.aalr_settings import AalrSettings
from wsss.segment.labeller import Labelled
from wsss.segment.single_stage import Parts, SingleStage, Weighted
from wsss.training.grids import labels_on
from wsss.training.targets import REGION


class Aalr(SingleStage):
    """A training task (wsss.training.loop.Task) on photos and tags."""

    def __init__(self, settings: AalrSettings, classes: int) -> None:
        super().__init__(settings, classes)
        if settings.reassign.weight:
            channels = self.network.map_channels[settings.reassign.source]
            self.network.prototypes = Prototypes(classes + 1, channels)

    def label_losses(
        self, batch: dict[str, Any], maps: SegmentationMaps, labelled: Labelled
    ) -> tuple[Weighted, Parts]:
        """Those of RRM, the adaptive affinity loss and the label reassignment loss; as a part
        `reassigned`, the share of the labelled cells that got another label.
        """
        more: Weighted = {}
        parts: Parts = {}
        share = share_of(self.settings.affinity, batch)
        if share:
            more["affinity"] = share, self.affinity_loss(maps, labelled)
        if self.settings.reassign.weight:  # also before its loss counts: prototypes form
            moved = self.reassigned(batch, maps, labelled)
            share = share_of(self.settings.reassign, batch)
            if share:
                more["reassign"], parts["reassigned"] = (share, moved.loss), moved.share
                labelled = self.taught(batch, labelled, moved)
        losses, own_parts = super().label_losses(batch, maps, labelled)
        return {**losses, **more}, {**own_parts, **parts}

    def taught(self, batch: dict[str, Any], labelled: Labelled, moved: Reassigned) -> Labelled:
        """The labels that the segmentation head learns: with `teach` the reassigned ones."""
        if not self.settings.reassign.teach:
            return labelled
        return labelled._replace(labels=spread(moved.labels, labelled.labels, batch[REGION]))

    def affinity_loss(self, maps: SegmentationMaps, labelled: Labelled) -> Tensor:
        """The adaptive affinity loss on its grid. Logits are interpolated, and then become
        probabilities; a cell has the label at its centre, and its confidence.
        """
        settings = self.settings.affinity
        side = -(-labelled.labels.shape[-1] // settings.stride)
        size = (side, side)
        logits = F.interpolate(maps.logits.float(), size, mode="bilinear", align_corners=False)
        confidence = F.interpolate(labelled.confidence[:, None], size, mode="nearest-exact")[:, 0]
        cells = Cells(labels_on(labelled.labels, size), logits.softmax(dim=1), confidence)
        return adaptive_affinity_loss(cells, settings)

    def reassigned(
        self, batch: dict[str, Any], maps: SegmentationMaps, labelled: Labelled
    ) -> Reassigned:
        """New labels on the grid of the features, and their loss. The prototypes take in the batch
        first; they do so from the first labels on.
        """
        s = self.settings.reassign
        features = F.normalize(getattr(maps, s.source).float(), dim=1)
        size = (features.shape[2], features.shape[3])
        labels = labels_on(labelled.labels, size)
        weights = torch.ones_like(labels, dtype=torch.float32)
        if s.weighted:
            weights = F.interpolate(labelled.confidence[:, None], size, mode="nearest-exact")[:, 0]
        prototypes: Prototypes = self.network.prototypes
        prototypes.update(features.detach(), labels, weights, s.momentum)
        inside = labels_on(batch[REGION], size) > 0
        return reassign(Embedded(features, labels, inside, batch["tags"]), prototypes, s)


def share_of(settings: AffinityFieldSettings | ReassignSettings, batch: dict[str, Any]) -> float:
    """The weight of a loss at a batch; 0 before it counts."""
    return settings.weight * strength(settings, batch["progress"])


def spread(cells: Tensor, labels: Tensor, region: Tensor) -> Tensor:
    """Labels int64 (N, S, S), in which each pixel of the region takes the label of its cell, int64
    (N, h, w), if that differs from the label at the cell's centre.
    """
    before = labels_on(labels, (cells.shape[1], cells.shape[2]))
    changed = torch.where(cells != before, cells, IGNORE)
    size = (labels.shape[1], labels.shape[2])
    new = F.interpolate(changed[:, None].float(), size, mode="nearest-exact")[:, 0].long()
    return torch.where((new != IGNORE) & (region > 0), new, labels)
