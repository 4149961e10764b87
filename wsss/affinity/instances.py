"""Instances of a photo's tags by IRNet (docs/methods.md#irnet-instances). An instance is the pixels
whose displacements lead to one centre.

Each instance's share of every class map walks by itself; where it wins against all others and a
constant background, its connected pieces are instances.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from skimage.measure import label as connected
from torch import Tensor

from wsss.affinity.instance_settings import InstanceSettings
from wsss.affinity.irn import Irn
from wsss.affinity.irn_walk import predict_boundaries, spread
from wsss.affinity.walk_settings import IrnWalkSettings
from wsss.data.backgrounds import upsample
from wsss.data.maps import ScoreMap


@dataclass(frozen=True)
class Instance:
    """One instance: its label id, its score 0..1 (the largest inside it), and its mask, bool (H,
    W).
    """

    label: int
    score: float
    mask: np.ndarray


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
    boundary, displacement = predict_boundaries(affinity, photo, walk, device)
    scores = torch.from_numpy(upsample(item, (boundary.shape[0], boundary.shape[1]))).to(device)
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
    own = walked[: len(owners)] / walked.amax().clamp(min=1e-8)
    background = walked[len(owners) :] / walked.amax().clamp(min=1e-8)
    if not len(background):
        background = torch.full_like(own[:1], settings.background)
    return split_into_regions(own, background, owners, item.size, settings.smallest)


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
    walked: Tensor, background: Tensor, labels: np.ndarray, size: tuple[int, int], smallest: float
) -> list[Instance]:
    """8-connected regions at the photo's size where one of the maps (M, h, w), of `labels` (M,),
    wins against all others.

    `background` is (1, h, w). Regions under a share of `smallest` of the photo are left out.
    """
    best, winner = _at_size(background[0], size), np.full(size, -1)
    for m in range(len(labels)):
        map_ = _at_size(walked[m], size)
        winner, best = np.where(map_ > best, m, winner), np.maximum(map_, best)
    found = []
    for m, label in enumerate(labels):
        regions = connected(winner == m, connectivity=2)
        for region in (
            np.flatnonzero(np.bincount(regions.ravel())[1:] >= smallest * winner.size) + 1
        ):
            mask = regions == region
            found.append(Instance(int(label), float(best[mask].max()), mask))
    return found


def _at_size(map_: Tensor, size: tuple[int, int]) -> np.ndarray:
    return (
        F.interpolate(map_[None, None], size, mode="bilinear", align_corners=False)[0, 0]
        .cpu()
        .numpy()
    )
