"""The plain CAM classifier (docs/methods.md#cam): class maps are pooled to scores for the
multi-label soft margin loss.
"""

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from wsss.classify.network import CamNetwork
from wsss.classify.pooling import pool
from wsss.classify.settings import ClassifierSettings


class Cam:
    """A training task: `network` and `loss`."""

    def __init__(self, settings: ClassifierSettings, classes: int) -> None:
        self.settings = settings
        self.network = CamNetwork(settings, classes)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """Soft margin between the pooled maps and the tags."""
        maps, _ = self.network(batch["image"])
        return classification_loss(maps, batch["tags"], self.settings), {}


def classification_loss(maps: Tensor, tags: Tensor, settings: ClassifierSettings) -> Tensor:
    """Mean over photos and classes of the soft margin of the maps (N, C, h, w), pooled to scores,
    and tags (N, C).
    """
    return F.multilabel_soft_margin_loss(pool(maps, settings), tags)
