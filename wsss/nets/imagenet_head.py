"""The classifier of a network that was trained on ImageNet, at every position of its feature map
(docs/methods.md#imagenet-head).
"""

from typing import Any

import timm
import torch
from torch import Tensor, nn

from wsss.nets.imagenet_head_settings import ImageNetHeadSettings
from wsss.nets.weights import load_backbone_weights
from wsss.run.errors import UserError, raise_passing

ROWS = 1000
"""classes of ImageNet, the rows of its classifier"""


class NoRows(UserError):
    """A network, or a file of its weights, has no classifier of ImageNet's classes."""


def position_features(body: Any, final: Tensor) -> Tensor:
    """From the last feature map (N, D, h, w) of a body (bodies.py) to what its own classifier
    reads, (N, P, h, w), computed at each position alone.

    Most networks average the map and classify the mean. Then P = D, and this changes nothing. Some
    have further layers between the mean and the classifier, such as a norm. They run here on each
    position as if it were the mean.
    """
    if not hasattr(body, "forward_head"):
        return final
    n, channels, height, width = final.shape
    positions = final.permute(0, 2, 3, 1).reshape(-1, channels, 1, 1)
    features: Tensor = body.forward_head(positions, pre_logits=True).flatten(1)
    maps: Tensor = features.unflatten(0, (n, height, width)).permute(0, 3, 1, 2)
    return maps


def load_rows(body: Any, backbone: str, weights: str, channels: int) -> Tensor:
    """The rows (ROWS, `channels`) of ImageNet's classifier of a backbone, without its bias.

    `weights` is as in `load_backbone_weights`. NoRows if the network has no such classifier over
    features of `channels` channels.
    """
    whole = _create_whole(getattr(body, "hub_name", backbone))
    layer = whole.get_classifier() if whole is not None else None
    if not isinstance(layer, nn.Linear) or layer.weight.shape != (ROWS, channels):
        raise misfit(backbone)
    _load_whole(whole, backbone, weights)
    return layer.weight.detach().clone()


def misfit(backbone: str) -> NoRows:
    """The error for a backbone without a classifier that fits."""
    return NoRows(
        f"backbone '{backbone}' has no classifier of ImageNet's {ROWS:,} classes that reads "
        "its last feature map; take another network of timm, such as tf_efficientnet_lite0, or "
        "set head_from: random"
    )


def _load_whole(whole: Any, backbone: str, weights: str) -> None:
    """Load weights with those of the classifier; NoRows says that these are needed, too."""
    try:
        load_backbone_weights(whole, backbone, weights)
    except UserError as error:
        raise NoRows(f"{error}; maps by ImageNet's rows need the weights of its classifier, too")


def _create_whole(name: str | None) -> Any:
    """timm's network `name` with its own number of classes; None if there is no such network."""
    try:
        return timm.create_model(name) if name else None
    except RuntimeError as error:
        raise_passing(error)
        return None


class ImageNetHead(nn.Module):
    """Class maps by the rows of ImageNet's classifier: at each position the largest of the rows
    that show a class, less `contrast` times the largest of all rows. A class that ImageNet does not
    have learns a row of its own.

    `hold` keeps ImageNet's rows fixed. `members` (C, ROWS), bool, says which rows show which class;
    it is empty until `set_members`.
    """

    members: Tensor
    may_lack_rows = False
    """whether all classes may learn rows of their own where there are none of ImageNet's"""
    lack = "the weights have no classifier of ImageNet's classes"
    """why there are none, if there are none"""

    def __init__(self, channels: int, classes: int, hold: bool, contrast: float) -> None:
        super().__init__()
        self.contrast = contrast
        self.rows = nn.Conv2d(channels, ROWS, 1, bias=False)
        self.own = nn.Conv2d(channels, classes, 1, bias=False)
        nn.init.zeros_(self.rows.weight)
        nn.init.normal_(self.own.weight, std=0.01)
        self.rows.requires_grad_(not hold)
        self.register_buffer("members", torch.zeros(classes, ROWS, dtype=torch.bool))

    def set_rows(self, rows: Tensor) -> None:
        """Take the rows (ROWS, P) of ImageNet's classifier."""
        self.rows.weight.data.copy_(rows[:, :, None, None])

    def set_members(self, members: list[tuple[int, ...]]) -> None:
        """Take the rows that show each class; () where a class has none."""
        self.members.zero_()
        for index, rows in enumerate(members):
            self.members[index, list(rows)] = True
        self.own.requires_grad_(not all(members))
        if not any(members):
            self.rows.requires_grad_(False)

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, P, h, w) -> class maps (N, C, h, w), any real numbers."""
        own = self.own(features)
        if not self.members.any():
            return own  # type: ignore[no-any-return]
        logits = self.rows(features)
        others = self.contrast * logits.amax(dim=1)
        maps = []
        for index, member in enumerate(self.members):
            known = bool(member.any())
            maps.append(logits[:, member].amax(dim=1) - others if known else own[:, index])
        return torch.stack(maps, dim=1)


def make_imagenet_head(
    body: Any, channels: int, classes: int, settings: ImageNetHeadSettings
) -> ImageNetHead:
    """The head on the last map, of `channels` channels, of a body. It has ImageNet's rows if the
    settings name pretrained weights. NoRows if these have none, unless the settings say
    imagenet_or_random.
    """
    with torch.no_grad():
        probe = position_features(body, torch.zeros(1, channels, 1, 1))
    head = ImageNetHead(probe.shape[1], classes, settings.hold_head, settings.contrast)
    head.may_lack_rows = settings.head_from == "imagenet_or_random"
    if settings.weights == "none":
        return head
    try:
        head.set_rows(load_rows(body, settings.backbone, settings.weights, probe.shape[1]))
    except NoRows as error:
        if not head.may_lack_rows:
            raise
        head.lack = str(error)
    return head
