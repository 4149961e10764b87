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
    """A sampled A, for all photos of a batch. It acts on photos and on maps of any size alike."""

    scale: float = 1.0
    """factor on the side of the photo"""
    mirror: bool = False
    """whether left and right are exchanged"""
    degrees: float = 0.0
    """angle of the rotation about the centre"""

    def photos(self, images: Tensor) -> Tensor:
        """A(I): square photos (N, 3, S, S) -> (N, 3, S', S') with S' = round(scale * S)."""
        side = round(images.shape[-1] * self.scale)
        return self.maps(images, (side, side))

    def maps(self, maps: Tensor, size: tuple[int, int]) -> Tensor:
        """A(M): (N, K, h, w) -> (N, K, *size); 0 at cells that rotation brings in from outside."""
        maps = resize_maps(maps, size)
        maps = maps.flip(3) if self.mirror else maps
        return self._rotated(maps) if self.degrees else maps

    def inside(self, maps: Tensor) -> Tensor:
        """A mask (1, 1, h, w) for A(M), given as `maps` (N, K, h, w): 0 at cells that rotation
        brings in from outside M, else 1.
        """
        ones = torch.ones_like(maps[:1, :1])
        return (self._rotated(ones) > 0.99).to(maps) if self.degrees else ones

    def _rotated(self, maps: Tensor) -> Tensor:
        """Maps (N, K, h, w) rotated about their centre, bilinear, 0 outside."""
        cos, sin = math.cos(math.radians(self.degrees)), math.sin(math.radians(self.degrees))
        ratio = maps.shape[3] / maps.shape[2]  # affine_grid gives both sides the length 2
        matrix = maps.new_tensor([[cos, -sin / ratio, 0.0], [sin * ratio, cos, 0.0]])
        matrices = matrix.expand(len(maps), 2, 3)
        grid = F.affine_grid(matrices, list(maps.shape), align_corners=False)
        return F.grid_sample(maps, grid, align_corners=False)


def sample_transform(settings: SeamSettings) -> Transform:
    """A random transform of the kinds in `settings.transforms`, from torch's global generator,
    whose state checkpoints hold.
    """
    kinds = settings.transforms
    return Transform(
        scale=settings.branch_scale if "rescale" in kinds else 1.0,
        mirror="mirror" in kinds and bool(torch.rand(()) < 0.5),
        degrees=settings.most_degrees * float(2 * torch.rand(()) - 1) if "rotate" in kinds else 0.0,
    )
