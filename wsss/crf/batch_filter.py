"""The Gaussian kernel in position and colour, W_ij = exp(-|p_i - p_j|^2 / (2 s_xy^2) - |c_i -
c_j|^2 / (2 s_rgb^2)), applied to maps of a batch of photos. It is not normalised and has no
gradient.

Three ways, all for photos float (N, 3, h, w) in 0..255 and values float (N, K, h, w):

- `filter_compiled`: the permutohedral lattice, compiled, on the CPU, photos in parallel;
- `filter_on_device` (device_lattice.py): the same lattice in torch, on the photos' device;
- `filter_exactly`: the n x n kernel of all n = h w cells, some rows at a time, on any device.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from wsss.crf.device_lattice import filter_on_device
from wsss.crf.lattice import filter_values, make_plain_lattice, pad_width
from wsss.nets.precision import full_precision

MOST_PAIRS = 1 << 24
"""pairs of cells that the exact kernel holds at a time: 64 MB in float32"""


@torch.no_grad()
def filter_batch(
    photos: Tensor, values: Tensor, deviation_xy: float, deviation_rgb: float, how: str
) -> Tensor:
    """W applied to values (N, K, h, w), in their shape and dtype, on their device.

    `photos` are float (N, 3, h, w) in 0..255. Deviations are in cells and colour levels. `how` is
    `exact`, or `lattice`: compiled for tensors on the CPU, in torch for others. UserError for
    deviations that are too small for the lattice.
    """
    if how == "exact":
        return filter_exactly(photos, values, deviation_xy, deviation_rgb)
    if values.device.type == "cpu":
        return filter_compiled(photos, values, deviation_xy, deviation_rgb)
    return filter_on_device(photos, values, deviation_xy, deviation_rgb)


def filter_compiled(
    photos: Tensor, values: Tensor, deviation_xy: float, deviation_rgb: float
) -> Tensor:
    """W by the compiled lattice; as many photos at a time as torch has threads.

    Colours are rounded to whole levels.
    """
    colours = photos.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    rows = _as_rows(values)

    def filter_one(k: int) -> np.ndarray:
        """The filtered rows (n, K) of photo k."""
        lattice = make_plain_lattice(colours[k], deviation_xy, deviation_rgb)
        return filter_values(lattice, rows[k])

    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        filtered = np.stack(list(pool.map(filter_one, range(len(rows)))))
    planes = torch.from_numpy(filtered[:, :, : values.shape[1]]).transpose(1, 2)
    return planes.reshape(values.shape).to(values)


def _as_rows(values: Tensor) -> np.ndarray:
    """Values (N, K, h, w) as float32 (N, n, K'), K' the next width that the lattice takes."""
    rows = values.flatten(2).transpose(1, 2).float().cpu()
    padded = torch.zeros(*rows.shape[:2], pad_width(rows.shape[2]))
    padded[:, :, : rows.shape[2]] = rows
    return padded.numpy()


@full_precision
def filter_exactly(
    photos: Tensor, values: Tensor, deviation_xy: float, deviation_rgb: float
) -> Tensor:
    """W by its definition, in the dtype of the values; time and pairs grow with n^2."""
    out = torch.empty_like(values)
    features = cell_features(photos.to(values.dtype), deviation_xy, deviation_rgb)
    for k, points in enumerate(features):
        flat = values[k].flatten(1).T
        step = max(1, MOST_PAIRS // len(points))
        parts = [_kernel_rows(rows, points) @ flat for rows in points.split(step)]
        out[k] = torch.cat(parts).T.reshape(values.shape[1:])
    return out


def cell_features(photos: Tensor, deviation_xy: float, deviation_rgb: float) -> Tensor:
    """The five features (x, y, r, g, b) of each cell, divided by their deviations, (N, n, 5)."""
    height, width = photos.shape[2:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    places = torch.stack([columns, rows]).to(photos) / deviation_xy
    places = places.expand(len(photos), 2, height, width)
    return torch.cat([places, photos / deviation_rgb], 1).flatten(2).transpose(1, 2)


def _kernel_rows(rows: Tensor, points: Tensor) -> Tensor:
    """The kernel (m, n) between m points and all n points, both (., 5)."""
    # a distance by matrix products would lose the digits of near points
    far = torch.cdist(rows, points, compute_mode="donot_use_mm_for_euclid_dist")
    return far.square_().mul_(-0.5).exp_()
