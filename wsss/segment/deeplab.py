"""DeepLab, trained on label maps (docs/methods.md#deeplab)."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from wsss.losses.labels import label_loss
from wsss.losses.multi_point import multi_point_loss
from wsss.losses.multi_point_settings import BOXES
from wsss.losses.regulariser import Given, make_regulariser
from wsss.losses.regulariser_settings import DfrSettings, RegulariserSettings
from wsss.nets.feature_head import FeatureHead, SegmentationMaps
from wsss.segment.networks import make_network
from wsss.segment.settings import DeepLabSettings
from wsss.training.targets import LABELS, REGION


class DeepLab:
    """A training task (wsss.training.loop.Task) on label maps. Its network gives logits over
    background and classes.
    """

    def __init__(self, settings: DeepLabSettings, classes: int) -> None:
        self.settings: Any = settings
        self.network: Any = make_network(settings, classes)
        self.regulariser = None
        if isinstance(settings, RegulariserSettings):
            self.regulariser = make_regulariser(settings)
        if self.regulariser is not None and self.regulariser.reads_features:
            self.network.feature_head = make_feature_head(self.network, self.settings.dfr)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The loss at the size of the labels (wsss/losses/labels.py); 0 for a batch in which all
        pixels are IGNORE. Weighted losses beside it are added, and then the parts have all of them.
        """
        labels = batch[LABELS]
        maps: SegmentationMaps = self.network.maps(batch["image"])
        logits = F.interpolate(maps.logits, labels.shape[-2:], mode="bilinear", align_corners=False)
        loss = label_loss(logits.float(), labels, self.settings, batch)
        parts = {"labels": float(loss.detach())}
        weight = getattr(self.settings, "multi_point", 0)
        if weight:
            points = weight * multi_point_loss(logits.float(), batch[BOXES])
            loss, parts["multi_point"] = loss + points, float(points.detach())
        if self.regulariser is not None:
            added = self.regulariser(self._given(batch, maps))
            if added is not None:
                loss, parts = loss + added[0], {**parts, **added[1]}
        return loss, parts if weight or self.regulariser is not None else {}

    def _given(self, batch: dict[str, Any], maps: SegmentationMaps) -> Given:
        """What the regulariser sees of a batch."""
        features = None
        if self.regulariser is not None and self.regulariser.reads_features:
            source = getattr(maps, self.settings.dfr.source)
            features = self.network.feature_head(source)
        return Given(
            batch["image"], maps.logits, batch[LABELS], batch[REGION], batch["progress"], features
        )


def make_feature_head(network: Any, settings: DfrSettings) -> FeatureHead:
    """The head of features on the map of the network that the settings name."""
    inside = network.map_channels[settings.source]
    return FeatureHead(inside, settings.hidden, settings.channels)
