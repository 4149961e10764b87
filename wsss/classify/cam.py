"""The plain CAM classifier (docs/methods.md#cam): class maps, pooled to class scores, trained with
the multi-label soft margin loss.
"""

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from wsss.classify.network import CamNetwork
from wsss.classify.pooling import pool
from wsss.classify.settings import ClassifierSettings


class Cam:
    """A training task: a `network`, and its `loss` on a batch."""

    def __init__(self, settings: ClassifierSettings, classes: int) -> None:
        self.settings = settings
        self.network = CamNetwork(settings, classes)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The classification loss of `batch["image"]` (N, 3, H, W) and `batch["tags"]` (N, C); no
        parts.
        """
        maps, _ = self.network(batch["image"])
        return classification_loss(maps, batch["tags"], self.settings), {}


def classification_loss(maps: Tensor, tags: Tensor, settings: ClassifierSettings) -> Tensor:
    """The multi-label soft margin loss of pooled class maps, mean over photos and classes.

    `maps` (N, C, h, w) are class maps; `tags` (N, C) is 1 for present classes, else 0.
    """
    return F.multilabel_soft_margin_loss(pool(maps, settings), tags)
