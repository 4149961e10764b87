"""MCTformer's classifier (Xu et al., CVPR 2022; docs/methods.md#mctformer), with class maps of the
patches as in its form V2.

A ViT has a class token for each class. A class's score is the mean over the channels of its token
before the last norm: after it that mean would hardly depend on the photo. A 3 x 3 convolution on
the patches gives class maps, and pooled they are a second score. Both scores are trained with the
multi-label soft margin loss, and the losses are added.

Ours are: the convolution has no bias, as all class maps here, and reads patches after the last
norm. The class tokens start as copies of the pretrained one.
"""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from wsss.classify.mctformer_settings import MctformerSettings
from wsss.classify.network import CamNetwork
from wsss.classify.pooling import classification_loss
from wsss.classify.settings import ClassifierSettings
from wsss.nets.class_tokens import give_class_tokens, keep_tokens


class MctNetwork(CamNetwork):
    """A ViT with a class token for each class, and class maps of its patches."""

    def __init__(self, settings: MctformerSettings, classes: int) -> None:
        super().__init__(settings, classes)
        give_class_tokens(self.trunk.body, classes)

    def scores_and_maps(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """`images` (N, 3, H, W) in 0..1 -> the scores of the class tokens, float32 (N, C), and the
        class maps of the patches (N, C, h, w), any real numbers.
        """
        with keep_tokens(self.trunk.body) as kept:
            maps, _ = self(images)
        (tokens,) = kept
        return tokens[:, : self.classes].float().mean(dim=2), maps

    def _make_head(self, settings: ClassifierSettings, classes: int) -> nn.Module:
        head = nn.Conv2d(self.trunk.channels, classes, 3, padding=1, bias=False)
        nn.init.normal_(head.weight, std=0.01)
        return head


class Mctformer:
    """A training task: a `network`, and its `loss` on a batch."""

    def __init__(self, settings: MctformerSettings, classes: int) -> None:
        self.settings = settings
        self.network = MctNetwork(settings, classes)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The losses of tokens and patches of `batch["image"]` (N, 3, H, W) and `batch["tags"]`
        (N, C), added, and the value of each.
        """
        scores, maps = self.network.scores_and_maps(batch["image"])
        tokens = F.multilabel_soft_margin_loss(scores, batch["tags"])
        patches = classification_loss(maps, batch["tags"], self.settings)
        parts = {"tokens": float(tokens.detach()), "patches": float(patches.detach())}
        return tokens + patches, parts
