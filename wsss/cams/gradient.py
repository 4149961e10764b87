"""Class maps from gradients: Grad-CAM++ and LayerCAM (docs/methods.md#gradient-class-maps).

They work with any classifier, and at feature maps before the last one.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from wsss.cams.export import export_maps
from wsss.cams.gradient_settings import GradientSettings
from wsss.classify.network import CamNetwork
from wsss.data.maps import ScoreMap
from wsss.nets.trunk import Features
from wsss.run.errors import UserError

Combine = Callable[[Tensor, Tensor], Tensor]
"""from features and gradients, both (N, D, h, w), to a map (N, h, w), 0 or more"""


def grad_cam_pp(
    network: CamNetwork,
    photo: np.ndarray,
    tags: tuple[int, ...],
    settings: GradientSettings,
    device: torch.device,
) -> ScoreMap:
    """The `cam` map of a photo (uint8 (H, W, 3)) for its tags (label ids from 1) by Grad-CAM++."""
    forward = partial(_maps_of, network, tags, settings.layer, weigh_channels)
    return export_maps(photo, tags, settings, device, forward)


def layer_cam(
    network: CamNetwork,
    photo: np.ndarray,
    tags: tuple[int, ...],
    settings: GradientSettings,
    device: torch.device,
) -> ScoreMap:
    """The `cam` map of a photo (uint8 (H, W, 3)) for its tags (label ids from 1) by LayerCAM."""
    forward = partial(_maps_of, network, tags, settings.layer, weigh_positions)
    return export_maps(photo, tags, settings, device, forward)


def weigh_channels(features: Tensor, gradients: Tensor) -> Tensor:
    """Grad-CAM++ (Chattopadhay et al., WACV 2018, equations 10 and 19): each channel is weighted by
    the sum of its positive gradients, each times g^2 / (2 g^2 + sum of features times g^3).
    """
    sums = features.sum(dim=(2, 3), keepdim=True)
    squares = gradients.square()
    below = 2 * squares + sums * gradients * squares
    alphas = torch.where(below != 0, squares / below, torch.zeros_like(below))
    weights = (alphas * gradients.relu()).sum(dim=(2, 3), keepdim=True)
    combined: Tensor = (weights * features).sum(dim=1).relu()
    return combined


def weigh_positions(features: Tensor, gradients: Tensor) -> Tensor:
    """LayerCAM (Jiang et al., TIP 2021, equation 6): each position of each channel is weighted by
    its positive gradient.
    """
    combined: Tensor = (gradients.relu() * features).sum(dim=1).relu()
    return combined


def _maps_of(
    network: CamNetwork, tags: tuple[int, ...], layer: int, combine: Combine, images: Tensor
) -> Tensor:
    """Maps (N, C, h, w) of images (N, 3, H, W); those of absent classes are 0.

    Stages run without gradients, so they are switched on here. Gradients of a mean are the smaller
    the more cells it has; maps are times that number, so that those of all scales weigh alike.
    """
    with torch.enable_grad():
        maps, features = network(images.detach().requires_grad_())
        feature = choose_feature(features, layer)
        scores = maps.float().mean(dim=(2, 3)).sum(dim=0)
        found: Tensor = maps.new_zeros(
            len(images), maps.shape[1], *feature.shape[2:], dtype=torch.float32
        )
        for tag in tags:
            gradient = _gradient(scores[tag - 1], feature, layer)
            combined = combine(feature.detach().float(), gradient.float())
            found[:, tag - 1] = combined * maps[0, 0].numel()
    return found


def _gradient(score: Tensor, feature: Tensor, layer: int) -> Tensor:
    """The gradient of a score at a feature map. UserError where the score does not depend on it:
    the earlier maps of transformers are copies of their tokens.
    """
    (gradient,) = torch.autograd.grad(score, feature, retain_graph=True, allow_unused=True)
    if gradient is None:
        raise UserError(
            f"setting 'layer' of cams is {layer}, but the class maps of this backbone have no "
            "gradient at its earlier feature maps, as those of transformers; set layer: 0"
        )
    return gradient


def choose_feature(features: Features, layer: int) -> Tensor:
    """The last feature map for 0, else the tap so many places before it."""
    return features.final if layer == 0 else features.taps[-layer]
