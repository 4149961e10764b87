"""The permutohedral lattice of lattice.py in torch, for tensors on a GPU: nothing is copied to the
CPU. The same points, weights and blur as the compiled one, up to rounding; a test compares them.

Each photo has its own lattice. Its points are found by sorting the keys of all corners, and the
neighbours of a point by a binary search among the sorted keys. On a GPU splatting adds in no fixed
order, so its last digits differ from run to run.
"""

import torch
from torch import Tensor

from wsss.crf.lattice import ALPHA
from wsss.crf.lattice_points import BITS, CORNERS, HALF, D
from wsss.nets.precision import full_precision
from wsss.run.errors import UserError


@full_precision
def filter_on_device(
    photos: Tensor, values: Tensor, deviation_xy: float, deviation_rgb: float
) -> Tensor:
    """The Gaussian kernel applied to values (N, K, h, w), in their dtype, on their device.

    `photos` are float (N, 3, h, w) in 0..255, rounded to whole levels as for the compiled lattice.
    UserError for deviations that are too small for the packed keys of lattice points.
    """
    largest = 6 * max(photos.shape[2:]) / deviation_xy + 8 * 255 / deviation_rgb
    if largest > HALF:
        raise UserError(
            f"deviations of {deviation_xy:g} cells and {deviation_rgb:g} colour levels are too "
            "small for the lattice; take larger ones, or filter: exact"
        )
    out = torch.empty_like(values)
    for k, photo in enumerate(photos.float().round()):
        rows = values[k].flatten(1).T.float()
        filtered = _filter_rows(_elevate(photo, deviation_xy, deviation_rgb), rows)
        out[k] = filtered.T.reshape(values.shape[1:]).to(values.dtype)
    return out


def _filter_rows(elevated: Tensor, rows: Tensor) -> Tensor:
    """Splat, blur and slice rows (n, K) of pixels with elevated features (n, 6)."""
    corners, weights = _find_corners(elevated)
    points, place = corners.flatten().unique(return_inverse=True)  # sorted
    place = place.view_as(corners)
    # the last row is a dummy for missing points; it stays 0
    held = rows.new_zeros(len(points) + 1, rows.shape[1])
    for r in range(CORNERS):
        held.index_add_(0, place[:, r], rows * weights[:, r, None])
    for step in _steps():
        up, down = _places_of(points, points + step), _places_of(points, points - step)
        blurred = held[:-1] + 0.5 * (held[up] + held[down])
        held = torch.cat([blurred, held[-1:]])
    out = torch.zeros_like(rows)
    for r in range(CORNERS):
        out += held[place[:, r]] * weights[:, r, None]
    return out * ALPHA


def _elevate(photo: Tensor, deviation_xy: float, deviation_rgb: float) -> Tensor:
    """The pixels of a photo (3, h, w) on the hyperplane of D + 1 coordinates, (n, D + 1)."""
    height, width = photo.shape[1:]
    rows, columns = torch.meshgrid(
        torch.arange(height, device=photo.device),
        torch.arange(width, device=photo.device),
        indexing="ij",
    )
    places = torch.stack([columns, rows]).to(photo) / deviation_xy
    features = torch.cat([places, photo / deviation_rgb]).flatten(1).T
    j = torch.arange(D, device=photo.device, dtype=photo.dtype)
    features = features * ((2 / 3) ** 0.5 * (D + 1) / ((j + 1) * (j + 2)).sqrt())
    after = features.flip(1).cumsum(1).flip(1)  # sums from each feature on
    zeros = torch.zeros_like(after[:, :1])
    later = torch.cat([after, zeros], 1)
    return later - torch.cat([zeros, features * (j + 1)], 1)


def _find_corners(elevated: Tensor) -> tuple[Tensor, Tensor]:
    """The keys, int64 (n, 6), and the barycentric weights (n, 6) of the corners of each pixel's
    simplex.
    """
    near, rank, rest = _nearest(elevated)
    by_rank = torch.empty_like(rest).scatter_(1, rank, rest) / (D + 1)
    weights = by_rank.flip(1)
    weights[:, 1:] -= by_rank.flip(1)[:, :-1]
    weights[:, 0] += 1 - by_rank[:, 0]
    keys = []
    for r in range(CORNERS):
        corner = near + r - (D + 1) * (rank > D - r).long()
        keys.append(_pack(corner[:, :D]))
    return torch.stack(keys, 1), weights


def _nearest(elevated: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The nearest point whose coordinates are multiples of D + 1 and sum to 0, int64 (n, 6); the
    rank of each coordinate of the difference to it, 0 the largest; and that difference.
    """
    rounded = (elevated / (D + 1) + 0.5).floor()
    rest = elevated - rounded * (D + 1)
    order = rest.argsort(dim=1, descending=True, stable=True)
    rank = order.argsort(dim=1)
    # the coordinates that were rounded furthest are moved, so that the sum is 0
    rank = rank + rounded.sum(1, keepdim=True).long()
    moved = (D + 1) * ((rank < 0).long() - (rank > D).long())
    return rounded.long() * (D + 1) + moved, rank + moved, rest - moved


def _pack(coordinates: Tensor) -> Tensor:
    """The keys, int64 (n,), of the first D coordinates, int64 (n, D), of lattice points."""
    shifts = BITS * torch.arange(D, device=coordinates.device)
    return ((coordinates + HALF) << shifts).sum(1)


def _steps() -> list[int]:
    """What to add to a key to get to the next point along each axis."""
    ones = sum(1 << BITS * j for j in range(D))
    return [ones - ((D + 1) << BITS * j) for j in range(D)] + [ones]


def _places_of(points: Tensor, wanted: Tensor) -> Tensor:
    """The place of each wanted key among the sorted keys `points` (M,); M where it is missing."""
    found = torch.searchsorted(points, wanted).clamp(max=len(points) - 1)
    return torch.where(points[found] == wanted, found, len(points))
