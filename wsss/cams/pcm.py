"""The pixel correlation module of SEAM (methods.md 8): maps spread over pixels with similar features.

Cosine similarity, ReLU, each pixel's weights sum to 1, no residual.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.errors import UserError
from wsss.nets.precision import full_precision

EPSILON = 1e-5
MOST_CELLS = 20_000
"""A photo of 1024 x 1024 at stride 8 has 16,384; the matrix of so many cells is 1.6 GB in float32."""


def suppressed(maps: Tensor, tags: Tensor | None = None) -> Tensor:
    """What the module spreads: maps (N, C, h, w) of any scale -> (N, C + 1, h, w) in 0..1, background first, no gradient.

    Each map is cut at 0 and divided by its maximum; background is what the largest leaves; at every pixel only the
    largest class stays. `tags` (N, C) sets absent classes to 0 first.
    """
    maps = maps.detach().float().relu()
    if tags is not None:
        maps = maps * tags[..., None, None]
    maps = F.relu(maps - EPSILON) / (maps.amax(dim=(2, 3), keepdim=True) + EPSILON)
    largest = maps.amax(dim=1, keepdim=True)
    return torch.cat([1 - largest, maps * (maps >= largest)], dim=1)


@full_precision
def correlate(maps: Tensor, features: Tensor) -> Tensor:
    """Spread maps (N, K, h, w) by the similarity of features (N, D, h, w): a weighted mean over all pixels."""
    cells = features.shape[2] * features.shape[3]
    if cells > MOST_CELLS:
        raise UserError(f"refining compares all {cells} cells of a photo's maps with each other, more than {MOST_CELLS}; "
                        "set cams.long_side (500 is VOC's) or smaller cams.scales")
    flat = features.float().flatten(2)
    flat = flat / (flat.norm(dim=1, keepdim=True) + EPSILON)
    affinity = F.relu(torch.bmm(flat.transpose(1, 2), flat))
    affinity = affinity / (affinity.sum(dim=1, keepdim=True) + EPSILON)
    return torch.bmm(maps.float().flatten(2), affinity).view_as(maps)
