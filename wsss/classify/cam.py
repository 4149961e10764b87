"""The plain CAM classifier (docs/methods.md#cam): class maps, pooled to class scores, trained with
the multi-label soft margin loss.
"""

from typing import Any

from torch import Tensor

from wsss.classify.network import CamNetwork
from wsss.classify.pooling import classification_loss
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
