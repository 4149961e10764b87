"""Instances of a photo's tags by IRNet (docs/methods.md#irnet-instances).

Cells whose displacements lead to one centre are a group. The part of a class map that lies in one
group walks by itself. Where a walked part wins against all other parts and the background, each of
its connected regions is an instance.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from skimage.measure import label as connected
from torch import Tensor

from wsss.affinity.instance_settings import InstanceSettings
from wsss.affinity.irn import Irn
from wsss.affinity.irn_walk import CELL, predict_boundaries, spread
from wsss.affinity.walk_settings import IrnWalkSettings
from wsss.data.backgrounds import upsample
from wsss.data.maps import ScoreMap
from wsss.data.resize import resize_scores
from wsss.nets.multiscale import photo_tensor


@dataclass(frozen=True)
class Instance:
    """One instance."""

    label: int
    """label id of its class"""
    score: float
    """largest score inside the mask, 0..1"""
    mask: np.ndarray
    """bool (H, W)"""


@dataclass(frozen=True)
class PhotoGrid:
    """How a photo lies on the grid of a walk."""

    size: tuple[int, int]
    """of the photo, (H, W)"""
    covered: tuple[float, float] | None
    """rows and columns of the grid that the photo takes; the grid may reach beyond"""

    def upsample(self, map_: np.ndarray) -> np.ndarray:
        """A map (h, w) on the grid, interpolated to the photo's size: float32 (H, W)."""
        (resized,) = resize_scores(map_[None], self.size, self.covered)
        return np.asarray(resized)


@torch.no_grad()
def find_instances(
    affinity: Irn,
    photo: np.ndarray,
    item: ScoreMap,
    walk: IrnWalkSettings,
    settings: InstanceSettings,
    device: torch.device,
) -> list[Instance]:
    """The instances of a photo (uint8 (H, W, 3)) in its score map.

    The background of a `cam` map is a constant: `settings.background` times the photo's largest
    score. The background of a `prob` map walks too, not divided among the groups.
    """
    image = photo_tensor(photo, device, walk.long_side)
    boundary, displacement = predict_boundaries(affinity, image, walk)
    covered = affinity.network.trunk.covered(image, CELL)
    grid = (boundary.shape[0], boundary.shape[1])
    scores = torch.from_numpy(upsample(item, grid, covered)).to(device)
    ends = follow_displacements(displacement, settings.iterations)
    groups = group_cells(ends, displacement, settings.centre_below).to(device)
    is_class = item.labels > 0
    parts = scores[is_class][:, None] * groups  # (K, G, h, w): each class map, cut into groups
    nonzero = parts.amax(dim=(2, 3)) > 0
    if not bool(nonzero.any()):
        return []
    walked = spread(torch.cat([parts[nonzero], scores[~is_class]]), boundary, walk).cpu().numpy()
    labels = np.repeat(item.labels[is_class], nonzero.sum(dim=1).cpu().numpy())
    maps, background = walked[: len(labels)], walked[len(labels) :]
    return _find_in_maps(maps, background, labels, PhotoGrid(item.size, covered), settings)


def _find_in_maps(
    maps: np.ndarray,
    background: np.ndarray,
    labels: np.ndarray,
    photo_grid: PhotoGrid,
    settings: InstanceSettings,
) -> list[Instance]:
    """The instances in walked maps (M, h, w) of classes `labels` (M,), with scores relative to the
    photo's largest. `background` is (1, h, w), or (0, h, w) for the constant one.
    """
    peak = max(float(photo_grid.upsample(map_).max()) for map_ in (*maps, *background))
    if not len(background):
        background = np.full_like(maps[:1], settings.background * peak)
    found = split_into_regions(maps, background[0], labels, photo_grid, settings)
    return [replace(instance, score=instance.score / max(peak, 1e-8)) for instance in found]


def follow_displacements(displacement: Tensor, iterations: int) -> Tensor:
    """The position (y, x) where each cell ends, float (2, h, w), after it has moved by the
    displacement (2, h, w) at its position `iterations` times.
    """
    height, width = displacement.shape[1:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    place = torch.stack([rows, columns]).to(displacement)
    most = place.new_tensor([height - 1, width - 1]).view(2, 1, 1)
    for _ in range(iterations):
        unit = 2 * place / most.clamp(min=1) - 1
        step = F.grid_sample(
            displacement[None], unit.flip(0).permute(1, 2, 0)[None], align_corners=True
        )[0]
        place = (place + step).clamp(min=place.new_zeros(2, 1, 1), max=most)
    return place


def group_cells(place: Tensor, displacement: Tensor, below: float) -> Tensor:
    """Masks of groups, float (G, h, w) of 0 and 1; every cell is in exactly one group.

    A centre is a 4-connected region of displacements (2, h, w) shorter than `below`. Cells whose
    end `place` (2, h, w) is in one centre are a group. Cells that end outside all centres are one
    more group.
    """
    still = (displacement.square().sum(dim=0).sqrt() < below).cpu().numpy()
    regions = connected(still, connectivity=1, background=0)
    y, x = place.round().long().cpu().numpy()
    group = np.unique(regions[y, x], return_inverse=True)[1].reshape(y.shape)
    return F.one_hot(torch.from_numpy(group)).permute(2, 0, 1).float()


def split_into_regions(
    maps: np.ndarray,
    background: np.ndarray,
    labels: np.ndarray,
    photo_grid: PhotoGrid,
    settings: InstanceSettings,
) -> list[Instance]:
    """The instances in maps (M, h, w) of classes `labels` (M,): the connected regions, at the
    photo's size, where one map is larger than all others and the background (h, w).

    They are 8-connected if `settings.diagonal`, else 4-connected. Regions smaller than the share
    `settings.smallest` of the photo are left out.
    """
    best = photo_grid.upsample(background)
    winner = np.full(best.shape, -1)
    for m, map_ in enumerate(maps):
        own = photo_grid.upsample(map_)
        winner, best = np.where(own > best, m, winner), np.maximum(own, best)
    found = []
    for m, label in enumerate(labels):
        regions = connected(winner == m, connectivity=2 if settings.diagonal else 1)
        sizes = np.bincount(regions.ravel())[1:]
        for region in np.flatnonzero(sizes >= settings.smallest * winner.size) + 1:
            mask = regions == region
            found.append(Instance(int(label), float(best[mask].max()), mask))
    return found
