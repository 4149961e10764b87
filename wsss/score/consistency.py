"""The consistency of a classifier's class maps (docs/methods.md#consistency): the distance between
the maps of a transformed photo and the transformed maps of the photo.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from wsss.cams.export import normalise
from wsss.nets.multiscale import scale_image
from wsss.nets.precision import inference_precision
from wsss.nets.resize import resize_maps
from wsss.score.consistency_settings import ConsistencySettings


@torch.no_grad()
def inconsistency(
    image: Tensor,
    channels: list[int],
    settings: ConsistencySettings,
    forward: Callable[[Tensor], Tensor],
) -> float:
    """mean |A(M(I)) - M(A(I))| over transforms A of an image I (1, 3, H, W): the scales and, with
    `settings.flip`, the mirror image.

    M are the maps (1, C, h, w) that `forward` gives, of the `channels` alone, each stretched to
    0..1. They are compared on the grid of M(A(I)).
    """

    def maps(view: Tensor) -> Tensor:
        with inference_precision(view.device, settings.precision):
            return normalise(forward(view)[:, channels].float(), "max_norm")

    own = maps(image)
    differences = []
    for factor in settings.scales:
        scaled = maps(scale_image(image, factor))
        resized = resize_maps(own, (scaled.shape[2], scaled.shape[3]))
        differences.append((resized - scaled).abs().mean())
    if settings.flip:
        differences.append((own.flip(3) - maps(image.flip(3))).abs().mean())
    return float(torch.stack(differences).mean())
