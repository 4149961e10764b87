"""What a training reads of a photo beside its pixels: named maps of any dtype.

A map is (H, W), or (K, H, W) such as soft labels, of the photo's own size. It is resized, mirrored
and cropped with its photo.
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
"""the target that supervises a segmentation; it arrives as int64"""
TRUTH = "truth"
"""the true mask, by which a training is measured; nothing is trained on it"""


@dataclass(frozen=True)
class Target:
    """How one target is loaded, and what happens to it on the way into a batch."""

    load: Callable[[Photo], np.ndarray | None]
    """gives the map of a photo, or None where the photo has none"""
    fill: float
    """value of the padding around a photo, and of all pixels of a photo that has no map"""
    resize: Literal["nearest", "bilinear"] = "nearest"
    """nearest keeps every value as it is; bilinear is for quantities such as depth"""
    dtype: type[np.generic] = np.uint8
    """of the map of a photo that has none"""
    channels: int = 0
    """K of the map of a photo that has none; 0 for (H, W)"""

    def read(self, name: str, photo: Photo, size: tuple[int, int]) -> np.ndarray:
        """The map of a photo of `size` (H, W), or a UserError when it is of another size."""
        found = self.load(photo)
        if found is None:
            return np.full((self.channels, *size) if self.channels else size, self.fill, self.dtype)
        height, width = found.shape[-2:]
        if (height, width) != size:
            raise UserError(
                f"{name} of photo {photo.id}: {width} x {height} pixels, but the photo "
                f"is {size[1]} x {size[0]}; remake the {name}"
            )
        return found

    def resize_to(self, values: np.ndarray, size: tuple[int, int]) -> Tensor:
        """A map (H, W) or (K, H, W) at another (h, w); the dtype stays."""
        maps = torch.from_numpy(np.ascontiguousarray(values))
        flat = maps.reshape(-1, *maps.shape[-2:])
        bilinear = self.resize == "bilinear"
        resized = F.resize(flat, list(size), antialias=True) if bilinear else _nearest(flat, size)
        return resized.reshape(*maps.shape[:-2], *size)


def labels_target(load: Callable[[Photo], np.ndarray | None]) -> Target:
    """A label map, uint8 (H, W); IGNORE where there is none."""
    return Target(load, IGNORE)


def _nearest(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """(K, H, W) -> (K, h, w), each value as it is.

    Values are resized as their bytes: torch would take those of other dtypes as float32, which
    cannot hold every id.
    """
    parts = maps.view(torch.uint8).unflatten(2, (-1, maps.element_size()))
    planes = parts.permute(0, 3, 1, 2).flatten(0, 1).contiguous()
    planes = F.resize(planes, list(size), InterpolationMode.NEAREST_EXACT)
    parts = planes.unflatten(0, (len(maps), -1)).permute(0, 2, 3, 1).contiguous()
    resized: Tensor = parts.view(maps.dtype)[..., 0]
    return resized
