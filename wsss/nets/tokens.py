"""Transformers of timm as bodies: their tokens become feature maps, for photos of any size.

A photo whose sides are no multiple of the patch size is padded at the right and at the bottom with
the mean colour. Its feature maps are then resampled to cells that divide the sides of the photo
without padding into equal parts. So padding neither shifts nor stretches maps that are resized to
the photo.
"""

from typing import Any

import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.run.errors import UserError

MOST_MAPS = 5
"""the last map and four before it, which irn reads; a ViT would return one for each block"""


class TokenGrid(nn.Module):
    """A transformer of timm. Class and register tokens are left out of its maps."""

    fits_image = True
    """its cells divide the image, and are not `stride` pixels where that does not divide it"""

    def __init__(self, net: Any, stride: int) -> None:
        """`stride`: input pixels per cell of the last map, such as a ViT's patch size."""
        super().__init__()
        self.net, self.stride = net, stride
        self.maps = min(MOST_MAPS, len(net.feature_info))
        self.default_cfg = net.default_cfg

    def forward_intermediates(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Normalised (N, 3, H, W) -> the last map after the final norm, and the maps of the four
        blocks (Swin: three stages) before the last, each at its own stride.
        """
        size, stride = (x.shape[2], x.shape[3]), self.stride
        x = F.pad(x, (0, -size[1] % stride, 0, -size[0] % stride))
        tokens, maps = self.net.forward_intermediates(x, indices=self.maps)
        maps = [self._as_map(tokens, maps[-1]), *maps[:-1]]
        covered = [cover(m, size, x.shape[2] // m.shape[2]) for m in maps]
        return covered[0], covered[1:]

    def renamed(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """This network's name -> tensor, from timm's."""
        return {f"net.{name}": value for name, value in state.items()}

    def _as_map(self, tokens: Tensor, like: Tensor) -> Tensor:
        """The last tokens, (N, n, D) or (N, h, w, D), as a map (N, D, h, w)."""
        if tokens.ndim == 4:
            return tokens.permute(0, 3, 1, 2)
        tokens = self.net.fc_norm(tokens)  # the last norm of networks that average their tokens
        tokens = tokens[:, self.net.num_prefix_tokens :]
        return tokens.transpose(1, 2).reshape(like.shape)


def cover(maps: Tensor, size: tuple[int, int], stride: int) -> Tensor:
    """From maps (N, D, h, w) of a padded photo, `stride` pixels a cell, to maps of the photo
    without padding, whose `size` is (H, W).

    The result has H / stride x W / stride cells, rounded up, which cover the photo exactly. If
    stride divides both sides, only cells of padding are cut off and nothing is resampled.
    """
    rows, columns = -(-size[0] // stride), -(-size[1] // stride)
    maps = maps[:, :, :rows, :columns]
    if size[0] % stride == 0 and size[1] % stride == 0:
        return maps
    share_y, share_x = size[0] / (rows * stride), size[1] / (columns * stride)
    # half precision is too coarse for coordinates
    dtype = torch.promote_types(maps.dtype, torch.float32)
    affine = torch.tensor(
        [[share_x, 0, share_x - 1], [0, share_y, share_y - 1]], dtype=dtype, device=maps.device
    )
    shape, maps_in = list(maps.shape), maps.to(dtype)
    with torch.autocast(maps.device.type, enabled=False):  # it would make the grid bfloat16
        grid = F.affine_grid(affine.expand(len(maps), 2, 3), shape, align_corners=False)
        sampled = F.grid_sample(maps_in, grid, padding_mode="border", align_corners=False)
    return sampled.to(maps.dtype)


def build_tokens(name: str, output_stride: int) -> TokenGrid:
    """timm's transformer `name` as a body; UserError if `output_stride` is not its own."""
    net: Any = timm.create_model(name, pretrained=False, num_classes=0, dynamic_img_size=True)
    stride = int(net.feature_info[-1]["reduction"])
    if stride not in (8, 16, 32):
        raise UserError(
            f"backbone '{name}' has output stride {stride}, which is not 8, 16 or 32; take "
            "one with patches of 8, 16 or 32 pixels"
        )
    if stride != output_stride:
        raise UserError(
            f"backbone '{name}' has output stride {stride} and cannot be dilated to "
            f"{output_stride}; set output_stride: {stride}"
        )
    if getattr(net, "attn_pool", None) is not None:
        net.attn_pool = None  # only a classifier reads it, so it would never be trained here
    return TokenGrid(net, stride)
