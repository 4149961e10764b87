"""The class maps of a photo after messages from its partners, for several groups at once
(docs/methods.md#group-maps).

A photo is seen in *views*: at each scale by itself and mirrored. A group is seen as a whole, so all
its photos have one scale, and all are mirrored or none.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.cams.export import normalise
from wsss.cams.group_settings import GroupExportSettings
from wsss.classify.pooling import pool
from wsss.nets.multiscale import photo_tensor, scale_image
from wsss.nets.precision import inference_precision

Views = list[Tensor]
"""for each scale the initial maps of a photo, float32 (V, C, h, w); V is 2 with mirror images"""


class GroupMaps(NamedTuple):
    """What the groups of a photo say of it."""

    maps: Tensor
    """maps of its tags, normalised, float32 (P, h, w): the mean over the groups"""
    probabilities: Tensor
    """of its tags (P,): the sigmoid of the mean score over groups and views"""
    spread: float
    """the standard deviation of the normalised maps between groups, mean over cells and tags"""


@torch.no_grad()
def initial_views(
    network: Any, photo: np.ndarray, settings: GroupExportSettings, device: torch.device
) -> Views:
    """The maps of a photo, uint8 (H, W, 3), before any message. They depend on no other photo."""
    image = photo_tensor(photo, device, settings.long_side, settings.warp)
    views = []
    for factor in settings.scales:
        view = scale_image(image, factor)
        with inference_precision(device, settings.precision):
            maps = network(torch.cat([view, view.flip(3)]) if settings.flip else view)[0]
        views.append(maps.float())
    return views


@torch.no_grad()
def group_maps(
    task: Any,
    groups: Sequence[Sequence[Views]],
    tags: tuple[int, ...],
    settings: GroupExportSettings,
    grid: tuple[int, int],
) -> GroupMaps:
    """The maps of a photo with `tags` (label ids from 1) on `grid` = (h, w). It is the first photo
    of each of the groups, which hold the initial views of their photos.

    The map of a view is half the sum of the initial and the final map, cut at 0. Views are summed,
    and groups averaged, before the maps are normalised.
    """
    total, scores = torch.zeros(()), []
    for scale in range(len(settings.scales)):
        views = _updated(task.network.graph, [[photo[scale] for photo in g] for g in groups])
        scores.append(pool(views.flatten(0, 1), task.settings))
        present = views[:, :, [tag - 1 for tag in tags]]
        total = total.to(views) + _on_grid(present, settings, grid)
    each = normalise(total, settings.normalise)
    probabilities = torch.cat(scores).mean(dim=0).sigmoid()[[tag - 1 for tag in tags]]
    return GroupMaps(
        normalise(total.mean(dim=0), settings.normalise),
        probabilities,
        float(each.std(dim=0, correction=0).mean()),
    )


def _updated(graph: Any, groups: Sequence[Sequence[Tensor]]) -> Tensor:
    """(initial + final) / 2 of the first photo of S groups of K photos, each (V, C, h, w) with a
    size of its own: (S, V, C, h, w).
    """
    leader = groups[0][0]
    height = max(maps.shape[2] for group in groups for maps in group)
    width = max(maps.shape[3] for group in groups for maps in group)
    states = torch.stack([_stack(group, height, width) for group in groups])
    ones = [[torch.ones_like(maps[:, :1]) for maps in group] for group in groups]
    inside = torch.stack([_stack(group, height, width) for group in ones]).bool()
    final = graph(states.flatten(0, 1), None if inside.all() else inside.flatten(0, 1))[:, 0]
    cut = final[:, :, : leader.shape[2], : leader.shape[3]]
    updated: Tensor = (leader + cut.unflatten(0, (len(groups), -1))) / 2
    return updated


def _stack(group: Sequence[Tensor], height: int, width: int) -> Tensor:
    """The maps of a group, each (V, C, h, w), padded by 0 below and at the right:
    (V, K, C, height, width).
    """
    padded = []
    for maps in group:
        padded.append(F.pad(maps, (0, width - maps.shape[3], 0, height - maps.shape[2])))
    return torch.stack(padded, dim=1)


def _on_grid(views: Tensor, settings: GroupExportSettings, grid: tuple[int, int]) -> Tensor:
    """Maps (S, V, P, h, w), cut at 0, resized to `grid`, mirrored back and summed over the views:
    (S, P, *grid).
    """
    cut = normalise(views, "minmax") if settings.normalise == "max_norm" else views.relu()
    flat = F.interpolate(
        cut.flatten(0, 1), grid, mode="bilinear", antialias=views.shape[3] > grid[0]
    )
    resized = flat.unflatten(0, views.shape[:2])
    if settings.flip:
        resized = torch.stack([resized[:, 0], resized[:, 1].flip(3)], dim=1)
    total: Tensor = resized.sum(dim=1)
    return total
