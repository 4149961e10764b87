"""CAMs of a photo: summed over scales and mirror images, present classes only, normalised to a
maximum of 1.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from wsss.cams.settings import ExportSettings
from wsss.classify.network import CamNetwork
from wsss.data.maps import ScoreMap
from wsss.nets.multiscale import grid_of, multi_scale, photo_tensor

EPSILON = 1e-5


def export_raw_maps(
    network: CamNetwork,
    photo: np.ndarray,
    tags: tuple[int, ...],
    settings: ExportSettings,
    device: torch.device,
) -> ScoreMap:
    """The `cam` map of a photo (uint8 (H, W, 3)) for its tags (label ids from 1), before any
    refinement. A photo without tags has a map of 0 channels.
    """
    return export_maps(photo, tags, settings, device, lambda images: network(images)[0])


def export_maps(
    photo: np.ndarray,
    tags: tuple[int, ...],
    settings: ExportSettings,
    device: torch.device,
    forward: Callable[[Tensor], Tensor],
) -> ScoreMap:
    """The `cam` map of a photo for its tags, from class maps that `forward` computes.

    `forward` maps photos (n, 3, H', W') to class maps (n, C, h', w') without background. They are
    summed over scales on a grid of `settings.stride`, then normalised.
    """
    image = photo_tensor(photo, device, settings.long_side, settings.warp)
    grid, size = grid_of(image, settings.stride), (photo.shape[0], photo.shape[1])
    if not tags:
        return ScoreMap("cam", np.zeros(0, np.int64), np.zeros((0, *grid), np.float32), size)
    channels = [tag - 1 for tag in tags]

    def forward_present(images: Tensor) -> Tensor:
        """The maps of the present classes, (n, K, h', w'), 0 or more."""
        maps = forward(images)[:, channels].float()
        return normalise(maps, "minmax") if settings.normalise == "max_norm" else maps.relu()

    maps = normalise(multi_scale(image, settings, grid, forward_present), settings.normalise)
    return ScoreMap("cam", np.array(tags), maps.cpu().numpy(), size)


def normalise(maps: Tensor, how: str) -> Tensor:
    """Maps (..., h, w) cut at 0, then (m - low) / (max m - low) for each map m: low is 0 if `how`
    is max, else the map's minimum.
    """
    maps = maps.relu()
    low = maps.amin(dim=(-2, -1), keepdim=True)
    if how == "max":
        low = torch.zeros_like(low)
    return (maps - low) / (maps.amax(dim=(-2, -1), keepdim=True) - low + EPSILON)
