"""The complementary pair of a photo for CPN (docs/methods.md#cpn): two photos, each of which shows
what the other one hides.

Random numbers are of torch's global generator, whose state checkpoints hold.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from wsss.classify.cpn_settings import CpnSettings
from wsss.data.superpixels import OUTSIDE


@dataclass(frozen=True)
class Kept:
    """What the first photo of each pair shows."""

    mask: Tensor
    """bool (N, 1, S, S)"""
    share: Tensor
    """float (N,), CPN's rho"""


def draw_kept(batch: dict[str, Any], settings: CpnSettings) -> Kept:
    """What the first photos show of the batch's `image` (N, 3, S, S), by the setting `pair`. For
    superpixels the batch also has their ids, `superpixels` (N, S, S).
    """
    images = batch["image"]
    if settings.pair == "superpixels":
        drawn = [draw_superpixels(ids, settings.draws) for ids in batch["superpixels"]]
    else:
        drawn = [draw_cells(images.shape[-1], settings) for _ in images]
    masks, shares = zip(*drawn)
    return Kept(
        torch.stack(masks)[:, None].to(images.device), torch.stack(shares).to(images.device)
    )


def draw_superpixels(ids: Tensor, draws: float) -> tuple[Tensor, Tensor]:
    """What one photo keeps: bool (S, S), and as a share of its pixels.

    `ids` is int (S, S), OUTSIDE where the crop has no photo; there nothing is hidden, and nothing
    counts. Of its n superpixels floor(draws * n) are drawn, with replacement, and hidden.
    """
    index = ids.long() - OUTSIDE
    pixels = torch.bincount(index.flatten())
    pixels[0] = 0
    present = pixels.nonzero()[:, 0]
    drawn = torch.randint(len(present), (math.floor(draws * len(present)),))
    hidden = torch.zeros_like(pixels, dtype=torch.bool)
    hidden[present[drawn.to(ids.device)]] = True
    return ~hidden[index], pixels[~hidden].sum() / pixels.sum()


def draw_cells(side: int, settings: CpnSettings) -> tuple[Tensor, Tensor]:
    """What one photo keeps: bool (S, S) with S = `side`, and as a share of the cells.

    The side of the cells is drawn from `grid_cells`; then each cell is hidden with the probability
    `hide`. Cells at the right and lower edge may be smaller.
    """
    sizes = settings.grid_cells
    cell = max(1, round(sizes[int(torch.randint(len(sizes), ()))] * side))
    count = -(-side // cell)
    kept = torch.rand(count, count) >= settings.hide
    mask = kept.repeat_interleave(cell, 0).repeat_interleave(cell, 1)
    return mask[:side, :side], kept.float().mean()


def make_pair(images: Tensor, kept: Tensor, colour: Tensor) -> Tensor:
    """The first photos of all pairs, then the second ones, (2N, 3, S, S).

    `images` is (N, 3, S, S), `kept` bool (N, 1, S, S). Hidden pixels have the `colour`
    (1, 3, 1, 1), the mean that the trunk subtracts; so it sees 0 there, as in the published code.
    """
    return torch.cat([torch.where(kept, images, colour), torch.where(kept, colour, images)])
