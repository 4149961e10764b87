"""Multi-scale inference: a network's maps of a photo at several scales and mirrored, summed on one
grid.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.nets.inference_settings import MOST_PIXELS, MultiScaleSettings
from wsss.nets.precision import inference_precision
from wsss.run.errors import UserError


def photo_tensor(
    photo: np.ndarray,
    device: torch.device,
    long_side: int | None = None,
    warp: int | None = None,
) -> Tensor:
    """From a photo, uint8 (H, W, 3), to float (1, 3, h, w) in 0..1. `long_side` is the length that
    the longer side is resized to; None keeps the size. `warp` resizes to a square of that side
    instead.
    """
    pixels = np.require(photo, requirements="W")  # torch warns of arrays like those of Pillow
    image = torch.from_numpy(pixels).to(device).permute(2, 0, 1)[None].float() / 255
    if warp is not None:
        return F.interpolate(image, (warp, warp), mode="bilinear", antialias=True)
    return scale_image(image, 1 if long_side is None else long_side / max(photo.shape[:2]))


def scale_image(image: Tensor, factor: float) -> Tensor:
    """The image (1, 3, H, W) resized by `factor`, bilinear with antialiasing, to at least one
    pixel. UserError above MOST_PIXELS.
    """
    height, width = image.shape[2:]
    size = (max(1, round(height * factor)), max(1, round(width * factor)))
    if size[0] * size[1] > MOST_PIXELS:
        raise UserError(
            f"a view of {size[1]} x {size[0]} pixels is larger than a network's input may be; "
            "set long_side of this step, such as 1024, or smaller scales"
        )
    if size == (height, width):
        return image
    return F.interpolate(image, size, mode="bilinear", antialias=True)


def grid_of(image: Tensor, stride: int) -> tuple[int, int]:
    """(rows, columns) of the cells of `stride` pixels that cover the image (1, 3, H, W)."""
    return math.ceil(image.shape[2] / stride), math.ceil(image.shape[3] / stride)


def join_views(total: Tensor, settings: MultiScaleSettings, sum_of: str) -> Tensor:
    """Probabilities, or a multiple of them, from the sum `total` (K, h, w) over scales and mirror
    images: of probabilities, which is returned; of logits, by the softmax of the sum; or of logits
    whose mean is wanted (`mean_logits`), by the softmax of the mean.
    """
    if sum_of == "probabilities":
        return total
    views = len(settings.scales) * (2 if settings.flip else 1)
    return (total / views if sum_of == "mean_logits" else total).softmax(dim=0)


@torch.no_grad()
def multi_scale(
    image: Tensor,
    settings: MultiScaleSettings,
    grid: tuple[int, int],
    forward: Callable[[Tensor], Tensor],
) -> Tensor:
    """Sum over scales (and mirror images) of `forward`'s maps resized to `grid` = (h, w): float32
    (K, h, w).

    `image` is (1, 3, H, W). `forward` maps (n, 3, h', w') to (n, K, any, any). A scale and its
    mirror image are one forward pass. Maps are added on the grid, never at the photo's size.
    """
    total: Tensor | int = 0
    for factor in settings.scales:
        view = scale_image(image, factor)
        with inference_precision(image.device, settings.precision):
            maps = forward(torch.cat([view, view.flip(3)]) if settings.flip else view).float()
        maps = F.interpolate(maps, grid, mode="bilinear", antialias=maps.shape[2] > grid[0])
        total = total + maps[0] + (maps[1].flip(2) if settings.flip else 0)
    assert isinstance(total, Tensor)
    return total
