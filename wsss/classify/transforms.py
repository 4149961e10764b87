"""The spatial transform A between SEAM's two branches (docs/methods.md#seam): rescaling, mirroring
and rotation, alone or together.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.classify.seam_settings import SeamSettings
from wsss.nets.resize import resize_maps


@dataclass(frozen=True)
class Transform:
    """One draw of A. It acts in the same way on photos and on maps of any size."""

    scale: float = 1.0
    mirror: bool = False
    degrees: float = 0.0

    def photos(self, images: Tensor) -> Tensor:
        """A(I): (N, 3, S, S) -> (N, 3, S', S')."""
        side = round(images.shape[-1] * self.scale)
        return self.maps(images, (side, side))

    def maps(self, maps: Tensor, size: tuple[int, int]) -> Tensor:
        """A(M): (N, K, h, w) -> (N, K, *size); 0 where rotation brings in what was outside."""
        maps = resize_maps(maps, size)
        maps = maps.flip(3) if self.mirror else maps
        return self._rotated(maps) if self.degrees else maps

    def inside(self, maps: Tensor) -> Tensor:
        """1 at the cells (1, 1, h, w) of A(M) that lay inside M, 0 at those that rotation brought
        in.
        """
        ones = torch.ones_like(maps[:1, :1])
        return (self._rotated(ones) > 0.99).to(maps) if self.degrees else ones

    def _rotated(self, maps: Tensor) -> Tensor:
        cos, sin = math.cos(math.radians(self.degrees)), math.sin(math.radians(self.degrees))
        ratio = maps.shape[3] / maps.shape[2]  # affine_grid measures both sides as 2
        matrix = maps.new_tensor([[cos, -sin / ratio, 0.0], [sin * ratio, cos, 0.0]]).expand(
            len(maps), 2, 3
        )
        grid = F.affine_grid(matrix, list(maps.shape), align_corners=False)
        return F.grid_sample(maps, grid, align_corners=False)


def draw_transform(settings: SeamSettings) -> Transform:
    """A transform of the kinds that the settings name, from torch's random numbers, which
    checkpoints keep.
    """
    kinds = settings.transforms
    return Transform(
        scale=settings.branch_scale if "rescale" in kinds else 1.0,
        mirror="mirror" in kinds and bool(torch.rand(()) < 0.5),
        degrees=settings.most_degrees * float(2 * torch.rand(()) - 1) if "rotate" in kinds else 0.0,
    )
