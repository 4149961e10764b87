"""AuxSegNet's network (ICCV 2021; docs/methods.md#auxsegnet): class maps, saliency and segmentation
on one trunk. Affinities refine the masks of the two dense tasks.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wsss.multitask.auxsegnet_settings import AuxSegNetSettings
from wsss.nets.cross_affinity import CrossAffinity, Embedding, attend
from wsss.nets.trunk import Trunk
from wsss.run.errors import UserError

DILATIONS = (6, 12, 18)
"""of the three 3 x 3 convolutions of a dense head"""


@dataclass(frozen=True)
class Mask:
    """The logits of a dense task, (N, K, h, w)."""

    initial: Tensor
    refined: Tensor | None
    """None for a network without an affinity"""

    @property
    def best(self) -> Tensor:
        """The refined logits, or the initial ones where nothing refines them."""
        return self.trained[-1]

    @property
    def trained(self) -> list[Tensor]:
        """The logits that a loss trains."""
        return [self.initial] if self.refined is None else [self.initial, self.refined]


@dataclass(frozen=True)
class Seen:
    """What the network sees in N photos."""

    features: Tensor
    """the last map of the trunk, (N, D, h, w)"""
    embeddings: dict[str, Embedding]
    """dense task -> what its affinity compares"""
    masks: dict[str, Mask]
    """dense task, `segmentation` or `saliency`, -> its logits; without saliency if that is off"""


class DenseHead(nn.Module):
    """Three dilated convolutions and a 1 x 1 one to the logits. Between the second and the third a
    non-local block adds F + W (A g(F)), with the affinity A of its own features F.
    """

    def __init__(self, channels: int, hidden: int, labels: int) -> None:
        super().__init__()
        first, second, third = DILATIONS
        self.enter = nn.Conv2d(channels, hidden, 3, padding=first, dilation=first)
        self.describe = nn.Conv2d(hidden, hidden, 3, padding=second, dilation=second)
        self.leave = nn.Conv2d(hidden, hidden, 3, padding=third, dilation=third)
        self.decide = nn.Conv2d(hidden, labels, 1, bias=False)
        for layer in (self.enter, self.describe, self.leave, self.decide):
            nn.init.xavier_uniform_(layer.weight)
        self.query, self.key = nn.Conv2d(hidden, hidden, 1), nn.Conv2d(hidden, hidden, 1)
        self.value, self.residual = nn.Conv2d(hidden, hidden, 1), nn.Conv2d(hidden, hidden, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Embedding]:
        """Features (N, D, h, w) -> logits (N, labels, h, w), and what the affinity compares."""
        x = self.describe(self.enter(features).relu()).relu()
        embedding = Embedding(self.query(x), self.key(x))
        x = x + self.residual(attend(embedding, self.value(x)))
        logits: Tensor = self.decide(self.leave(x).relu())
        return logits, embedding


class AuxSegNetwork(nn.Module):
    """The trunk and the heads. `classes` is the number of classes, without background. Class maps
    are a 1 x 1 convolution, as those of `CamNetwork`.
    """

    def __init__(self, settings: AuxSegNetSettings, classes: int) -> None:
        super().__init__()
        self.trunk = Trunk.of(settings)
        channels, self.affinity = self.trunk.channels, settings.affinity
        self.dropout = nn.Dropout2d(settings.dropout)
        self.head = (
            nn.Conv2d(channels, classes, 1, bias=False) if settings.classify_weight else None
        )
        if self.head is not None:
            nn.init.xavier_uniform_(self.head.weight)
        self.tasks = nn.ModuleDict()
        self.tasks["segmentation"] = DenseHead(channels, settings.hidden, classes + 1)
        if settings.saliency_weight:
            self.tasks["saliency"] = DenseHead(channels, settings.hidden, 1)
        self.fusion = CrossAffinity() if self.affinity == "cross" else None

    def forward(self, images: Tensor) -> Tensor:
        """Photos (N, 3, H, W) in 0..1 -> the best segmentation logits (N, classes + 1, h, w)."""
        return self.see(images).masks["segmentation"].best

    def see(self, images: Tensor) -> Seen:
        """All that the network sees in photos (N, 3, H, W) in 0..1, but class maps."""
        features = self.trunk(images).final
        logits: dict[str, Tensor] = {}
        embeddings: dict[str, Embedding] = {}
        for name, task in self.tasks.items():
            logits[name], embeddings[name] = task(features)
        refined = self.refine(embeddings, torch.cat(list(logits.values()), dim=1))
        masks, start = {}, 0
        for name, initial in logits.items():
            stop = start + initial.shape[1]
            own = None if refined is None else refined[:, start:stop]
            masks[name], start = Mask(initial.float(), own), stop
        return Seen(features, embeddings, masks)

    def score(self, seen: Seen) -> Tensor:
        """The scores of the classes, (N, C): class maps of features with dropout, averaged."""
        maps: Tensor = self.classifier(self.dropout(seen.features))
        return maps.mean(dim=(2, 3))

    def class_maps(self, seen: Seen) -> Tensor:
        """The class maps, (N, C, h, w), any real numbers."""
        maps: Tensor = self.classifier(seen.features)
        return maps

    @property
    def classifier(self) -> nn.Conv2d:
        """The layer of class maps; UserError for a network that was trained without tags."""
        if self.head is None:
            raise UserError(
                "the network has no class maps, as it was trained without the classification task; "
                "set multitask.auxsegnet.classify_weight above 0"
            )
        return self.head

    def refine(self, embeddings: dict[str, Embedding], maps: Tensor) -> Tensor | None:
        """A maps, for maps (N, K, h, w) and the affinity A of the settings: float32, of the same
        shape. None without an affinity.
        """
        if self.fusion is not None:
            refined: Tensor = self.fusion(embeddings["segmentation"], embeddings["saliency"], maps)
            return refined
        return None if self.affinity == "none" else attend(embeddings[self.affinity], maps)
