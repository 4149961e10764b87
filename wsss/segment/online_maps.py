"""The class maps that online labels are made of: a network's own, at several scales, for the crops
of a batch (docs/methods.md#online-labels).
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.nets.multiscale import scale_image
from wsss.nets.resize import resize_maps
from wsss.segment.online_labels import Seen

EPSILON = 1e-5
"""keeps the division by a map's maximum finite"""


@torch.no_grad()
def average_scales(
    images: Tensor,
    scales: Sequence[float],
    class_maps: Callable[[Tensor], Tensor],
    at_one: Tensor | None = None,
) -> Tensor:
    """The mean over scales of the class maps of images (N, 3, H, W), none negative: float32 (N, C,
    h, w), on the grid of the finest scale. No gradient.

    `class_maps` gives them for images of any size. `at_one` are those of the images themselves, if
    they are known.
    """
    found = []
    for factor in scales:
        known = factor == 1 and at_one is not None
        maps = at_one if known else class_maps(scale_image(images, factor))
        assert maps is not None
        found.append(maps.float().relu())
    finest = max(found, key=lambda maps: maps.shape[2])
    size = (finest.shape[2], finest.shape[3])
    return torch.stack([resize_maps(maps, size) for maps in found]).mean(dim=0)


def find_tags(at_one: Tensor, least: float) -> Tensor:
    """Whether a network finds each class, bool (N, C), by its class maps (N, C, h, w) of images:
    the sigmoid of a map's mean is at least `least`.
    """
    return at_one.float().mean(dim=(2, 3)).sigmoid() >= least


def see_photo(image: Tensor, maps: Tensor, tags: Tensor, region: Tensor, found: Tensor) -> Seen:
    """What the labels of a crop are made of, without its padding.

    `image` is float (3, S, S) in 0..1, `maps` (C, h, w), `tags` (C,) of 0 and 1, `region` uint8 (S,
    S), 1 in the photo, `found` bool (C,). Maps are interpolated first, and then divided by their
    maximum.
    """
    rows, columns = (region > 0).any(dim=1), (region > 0).any(dim=0)
    present = tags.nonzero()[:, 0]
    known = maps[present] * found[present, None, None]
    full = enlarge_maps(known, (image.shape[1], image.shape[2]))
    divided = divide_by_maximum(full[:, rows][:, :, columns])
    pixels = (image[:, rows][:, :, columns] * 255).round().to(torch.uint8)
    return Seen(
        pixels.permute(1, 2, 0).contiguous().cpu().numpy(),
        divided.cpu().numpy(),
        tuple(int(k) + 1 for k in present),
        int((~found[present]).sum()),
    )


def enlarge_maps(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (K, h, w) at another size, (K, H, W), bilinear; K may be 0."""
    if not len(maps):
        return maps.new_zeros(0, *size)
    return F.interpolate(maps[None], size, mode="bilinear", align_corners=False)[0]


def divide_by_maximum(maps: Tensor) -> Tensor:
    """Maps (K, h, w), each divided by its maximum; K may be 0."""
    if not len(maps):
        return maps
    return maps / (maps.amax(dim=(1, 2), keepdim=True) + EPSILON)
