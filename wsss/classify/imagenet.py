"""ImageNet's own classifier as the classifier of a recipe (docs/methods.md#imagenet-head). Only
classes that ImageNet does not have, such as person, are trained.
"""

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from wsss.classify.network import CamNetwork
from wsss.classify.pooling import pool
from wsss.classify.settings import ClassifierSettings
from wsss.nets.imagenet_head import ImageNetHead


class ImageNetClassifier:
    """A training task. Its trunk, with the statistics of its norms, and ImageNet's rows are fixed,
    whatever `freeze_norm` and `hold_head` say. It learns a row for each class that ImageNet does
    not have, and nothing if there is no such class.
    """

    def __init__(self, settings: ClassifierSettings, classes: int) -> None:
        fixed = {"head_from": "imagenet", "hold_head": True, "freeze_norm": True}
        held = settings.model_copy(update=fixed)
        self.settings = held
        self.network = CamNetwork(held, classes)
        self.network.trunk.requires_grad_(False)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The multi-label soft margin loss over the classes that learn, of `batch["image"]`
        (N, 3, H, W) and `batch["tags"]` (N, C); no parts.
        """
        head = self.network.head
        assert isinstance(head, ImageNetHead)
        learned = ~head.members.any(dim=1)
        maps, _ = self.network(batch["image"])
        scores = pool(maps[:, learned], self.settings)
        return F.multilabel_soft_margin_loss(scores, batch["tags"][:, learned]), {}
