"""Transformers of timm as trunks: their tokens as a grid, for photos of any size.

A photo whose sides are no multiple of the network's stride is padded at the right and at the
bottom with the mean colour. The grid of the padded photo is then sampled where the cells of the
photo itself are: cell i of n covers the i-th n-th of its side. Maps that are resized to the photo
therefore lie where they belong, and padding shifts and stretches nothing.
"""

from typing import Any

import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.run.errors import UserError

MOST_MAPS = 5
"""the last map and four before it, which is what irn reads; a ViT would give one for each block"""


class TokenGrid(nn.Module):
    """A transformer of timm; tokens that stand for no part of the photo are left out."""

    def __init__(self, net: Any, stride: int) -> None:
        super().__init__()
        self.net, self.stride = net, stride
        self.maps = min(MOST_MAPS, len(net.feature_info))
        self.default_cfg = net.default_cfg

    def forward_intermediates(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Normalised (N, 3, H, W) -> the last map after its norm, and the maps of the four blocks
        (Swin: three stages) before the last, each at its stride.
        """
        size, stride = (x.shape[2], x.shape[3]), self.stride
        x = F.pad(x, (0, -size[1] % stride, 0, -size[0] % stride))
        tokens, maps = self.net.forward_intermediates(x, indices=self.maps)
        maps = [self._as_map(tokens, maps[-1]), *maps[:-1]]
        covered = [cover(m, size, x.shape[2] // m.shape[2]) for m in maps]
        return covered[0], covered[1:]

    def renamed(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """timm's tensors by this network's names."""
        return {f"net.{name}": value for name, value in state.items()}

    def _as_map(self, tokens: Tensor, like: Tensor) -> Tensor:
        """The last tokens, (N, n, D) or (N, h, w, D), as a map (N, D, h, w)."""
        if tokens.ndim == 4:
            return tokens.permute(0, 3, 1, 2)
        tokens = self.net.fc_norm(tokens)  # the last norm of networks that average their tokens
        tokens = tokens[:, self.net.num_prefix_tokens :]
        return tokens.transpose(1, 2).reshape(like.shape)


def cover(maps: Tensor, size: tuple[int, int], stride: int) -> Tensor:
    """Maps (N, D, h, w) of a padded photo, a cell for `stride` pixels -> maps of its first `size`
    (H, W) pixels.

    The result has H / stride x W / stride cells, rounded up, that cover the photo exactly. Where
    stride divides a side nothing but padding is cut away.
    """
    rows, columns = -(-size[0] // stride), -(-size[1] // stride)
    maps = maps[:, :, :rows, :columns]
    if size[0] % stride == 0 and size[1] % stride == 0:
        return maps
    share_y, share_x = size[0] / (rows * stride), size[1] / (columns * stride)
    kind = torch.promote_types(maps.dtype, torch.float32)  # places need more than half precision
    places = torch.tensor(
        [[share_x, 0, share_x - 1], [0, share_y, share_y - 1]], dtype=kind, device=maps.device
    )
    grid = F.affine_grid(places.expand(len(maps), 2, 3), list(maps.shape), align_corners=False)
    sampled = F.grid_sample(maps.to(kind), grid, padding_mode="border", align_corners=False)
    return sampled.to(maps.dtype)


def build_tokens(name: str, output_stride: int) -> TokenGrid:
    """The transformer of timm called `name`; a stride that is not its own is a UserError."""
    net: Any = timm.create_model(name, pretrained=False, num_classes=0, dynamic_img_size=True)
    stride = int(net.feature_info[-1]["reduction"])
    if stride not in (8, 16, 32):
        raise UserError(
            f"backbone '{name}' has output stride {stride}, which is none of 8, 16 and 32; take "
            "one with patches of 8, 16 or 32 pixels"
        )
    if stride != output_stride:
        raise UserError(
            f"backbone '{name}' has output stride {stride} and cannot be dilated to "
            f"{output_stride}; set output_stride: {stride}"
        )
    if getattr(net, "attn_pool", None) is not None:
        net.attn_pool = None  # it reads the tokens for a classifier; here it would never learn
    return TokenGrid(net, stride)
