"""Instances of a photo's tags by IRNet (docs/methods.md#irnet-instances). An instance is the pixels
whose displacements lead to one centre.

Each instance's share of every class map walks by itself; where it wins against all others and a
constant background, its connected pieces are instances.
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
    """One instance: its label id, its score 0..1 (the largest inside it), and its mask, bool (H,
    W).
    """

    label: int
    score: float
    mask: np.ndarray


@dataclass(frozen=True)
class PhotoGrid:
    """A photo's `size` (H, W), and how many rows and columns of a grid it takes."""

    size: tuple[int, int]
    covered: tuple[float, float]

    def show(self, map_: np.ndarray) -> np.ndarray:
        """A map (h, w) of the grid at the photo's size, float32 (H, W)."""
        (shown,) = resize_scores(map_[None], self.size, self.covered)
        return np.asarray(shown)


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

    A `cam` map's instances must win against a constant share of the photo's largest score; a `prob`
    map's against its background, which walks as well, whole.
    """
    image = photo_tensor(photo, device, walk.long_side)
    boundary, displacement = predict_boundaries(affinity, image, walk)
    covered = (image.shape[2] / CELL, image.shape[3] / CELL)
    grid = (boundary.shape[0], boundary.shape[1])
    scores = torch.from_numpy(upsample(item, grid, covered)).to(device)
    classes, names = scores[item.labels > 0], item.labels[item.labels > 0]
    groups = group_cells(
        follow_displacements(displacement, settings.iterations), displacement, settings.centre_below
    )
    parts = classes[:, None] * groups.to(device)  # (K, G, h, w)
    chosen = parts.amax(dim=(2, 3)) > 0
    if not bool(chosen.any()):
        return []
    walked = spread(torch.cat([parts[chosen], scores[item.labels == 0]]), boundary, walk)
    owners = np.repeat(names, chosen.sum(dim=1).cpu().numpy())
    photo_grid = PhotoGrid(item.size, covered)
    maps = walked.cpu().numpy()
    peak = max(float(photo_grid.show(map_).max()) for map_ in maps)
    background = maps[len(owners) :]
    if not len(background):
        background = np.full_like(maps[:1], settings.background * peak)
    found = split_into_regions(
        maps[: len(owners)], background[0], owners, photo_grid, settings.smallest
    )
    return [replace(instance, score=instance.score / max(peak, 1e-8)) for instance in found]


def follow_displacements(displacement: Tensor, iterations: int) -> Tensor:
    """Where each cell ends, (2, h, w) as (y, x), when it follows the displacements (2, h, w) so
    many times.
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
    """Masks (G, h, w), float: cells that end in one region of displacements shorter than `below`
    cells, and all others.
    """
    still = (displacement.square().sum(dim=0).sqrt() < below).cpu().numpy()
    regions = connected(still, connectivity=1, background=0)
    y, x = place.round().long().cpu().numpy()
    numbers = np.unique(regions[y, x], return_inverse=True)[1].reshape(y.shape)
    return F.one_hot(torch.from_numpy(numbers)).permute(2, 0, 1).float()


def split_into_regions(
    maps: np.ndarray,
    background: np.ndarray,
    labels: np.ndarray,
    photo_grid: PhotoGrid,
    smallest: float,
) -> list[Instance]:
    """8-connected regions at the photo's size where one of the maps (M, h, w), of `labels` (M,),
    wins against all others and the background (h, w).

    Regions under a share of `smallest` of the photo are left out.
    """
    best = photo_grid.show(background)
    winner = np.full(best.shape, -1)
    for m, map_ in enumerate(maps):
        own = photo_grid.show(map_)
        winner, best = np.where(own > best, m, winner), np.maximum(own, best)
    found = []
    for m, label in enumerate(labels):
        regions = connected(winner == m, connectivity=2)
        for region in (
            np.flatnonzero(np.bincount(regions.ravel())[1:] >= smallest * winner.size) + 1
        ):
            mask = regions == region
            found.append(Instance(int(label), float(best[mask].max()), mask))
    return found
