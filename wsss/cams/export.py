"""Raw class maps of a photo: scales and mirror images summed, absent classes dropped, each map's maximum 1."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from wsss.cams.settings import ExportSettings
from wsss.classify.network import CamNetwork
from wsss.data.maps import ScoreMap
from wsss.nets.multiscale import grid_of, multi_scale, photo_tensor

EPSILON = 1e-5


def raw_maps(network: CamNetwork, photo: np.ndarray, tags: tuple[int, ...], settings: ExportSettings,
             device: torch.device) -> ScoreMap:
    """The `cam` map of a photo (uint8 (H, W, 3)) for its tags (label ids). A photo without tags has an empty map."""
    return exported(photo, tags, settings, device, lambda images: network(images)[0].relu())


def exported(photo: np.ndarray, tags: tuple[int, ...], settings: ExportSettings, device: torch.device,
             forward: Callable[[Tensor], Tensor]) -> ScoreMap:
    """Maps of any `forward` that gives (n, C, h, w) without background: summed, tags only, then normalised."""
    image = photo_tensor(photo, device, settings.long_side)
    grid, size = grid_of(image, settings.stride), (photo.shape[0], photo.shape[1])
    if not tags:
        return ScoreMap("cam", np.zeros(0, np.int64), np.zeros((0, *grid), np.float32), size)
    maps = multi_scale(image, settings.scales, settings.flip, grid, forward)[[t - 1 for t in tags]]
    return ScoreMap("cam", np.array(tags), normalised(maps, settings.normalise).cpu().numpy(), size)


def normalised(maps: Tensor, how: str) -> Tensor:
    """Maps (K, h, w) cut at 0 and brought to a maximum of 1; `minmax` brings the minimum to 0 as well."""
    maps = maps.relu()
    low = maps.amin(dim=(1, 2), keepdim=True) if how == "minmax" else torch.zeros_like(maps[:, :1, :1])
    return (maps - low) / (maps.amax(dim=(1, 2), keepdim=True) - low + EPSILON)
