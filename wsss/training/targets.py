"""Targets: the maps that a training reads for each photo, such as its labels.

A map has the size of its photo, (H, W) or (K, H, W) (soft labels), and any dtype. It is resized,
mirrored and cropped with the photo.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

from wsss.data.images import IGNORE
from wsss.data.photo import Photo
from wsss.run.errors import UserError

LABELS = "labels"
"""name of the target with label ids that supervises a segmentation; in a batch it is int64"""
REGION = "region"
"""name of the target that is 1 in the photo and 0 in the padding around it"""
PLACE = "place"
"""what of a photo its crop shows, float32 (2, S) (augment.py), for methods that remember maps of
photos"""
TRUTH = "truth"
"""name of the target with true masks, for a watch; nothing is trained on it"""


@dataclass(frozen=True)
class Target:
    """How a target is loaded, resized and padded."""

    load: Callable[[Photo], np.ndarray | None]
    """returns the map of a photo, or None for a photo without a map"""
    fill: float
    """value of the padding around a photo, and, unless `absent` says otherwise, of the whole map of
    a photo without one"""
    resize: Literal["nearest", "bilinear"] = "nearest"
    """nearest for ids, bilinear for quantities such as depth"""
    dtype: type[np.generic] = np.uint8
    """dtype of the filled map of a photo without one"""
    channels: int = 0
    """K of the filled map of a photo without one; 0 for (H, W)"""
    absent: float | None = None
    """value of the whole map of a photo without one; None: `fill`"""

    def read(self, name: str, photo: Photo, size: tuple[int, int]) -> np.ndarray:
        """The map of a photo of `size` (H, W). A UserError says that the map has another size."""
        found = self.load(photo)
        if found is None:
            value = self.fill if self.absent is None else self.absent
            return np.full((self.channels, *size) if self.channels else size, value, self.dtype)
        height, width = found.shape[-2:]
        if (height, width) != size:
            raise UserError(
                f"{name} of photo {photo.id}: {width} x {height} pixels, but the photo "
                f"is {size[1]} x {size[0]}; remake the {name}"
            )
        return found

    def resize_to(self, values: np.ndarray, size: tuple[int, int]) -> Tensor:
        """A map (H, W) or (K, H, W) at another size (h, w), in the same dtype."""
        maps = torch.from_numpy(np.ascontiguousarray(values))
        flat = maps.reshape(-1, *maps.shape[-2:])
        bilinear = self.resize == "bilinear"
        resized = F.resize(flat, list(size), antialias=True) if bilinear else _nearest(flat, size)
        return resized.reshape(*maps.shape[:-2], *size)


def labels_target(load: Callable[[Photo], np.ndarray | None]) -> Target:
    """The target of label maps, uint8 (H, W), padded by IGNORE."""
    return Target(load, IGNORE)


def region_target() -> Target:
    """The target of the region, uint8 (H, W): 1 in the photo, 0 in the padding. Labels do not tell
    the padding from unknown pixels.
    """
    return Target(lambda photo: None, fill=0, absent=1)


def _nearest(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (K, H, W) at another size (h, w), by the nearest value.

    Each byte of a value is resized as a plane of its own. torch would convert other dtypes than
    uint8 to float32, which cannot hold every id.
    """
    parts = maps.view(torch.uint8).unflatten(2, (-1, maps.element_size()))
    planes = parts.permute(0, 3, 1, 2).flatten(0, 1).contiguous()
    planes = F.resize(planes, list(size), InterpolationMode.NEAREST_EXACT)
    parts = planes.unflatten(0, (len(maps), -1)).permute(0, 2, 3, 1).contiguous()
    resized: Tensor = parts.view(maps.dtype)[..., 0]
    return resized
