"""The adaptive affinity loss of AA&LR (Zhang et al., ACM MM 2021;
docs/methods.md#adaptive-affinity): neighbours of one label should be predicted alike, neighbours of
two labels differently, and pairs of unsure labels count less.

A cell is paired with the eight cells at the distance d: at the offsets {-d, 0, d} in rows and
columns. N photos, K labels with background, h x w cells.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.losses.affinity_field_settings import AffinityFieldSettings

SMALLEST = 1e-4
"""least probability that is compared"""


class Cells(NamedTuple):
    """Maps of the cells of a batch."""

    labels: Tensor
    """int64 (N, h, w), IGNORE where unknown"""
    p: Tensor
    """the network's probabilities, float32 (N, K, h, w)"""
    confidence: Tensor
    """of the labels, float32 (N, h, w) in 0..1"""


class Terms(NamedTuple):
    """The losses of pairs of a group, and which pairs count."""

    values: Tensor
    chosen: Tensor
    """bool, in the shape of the values"""


def adaptive_affinity_loss(cells: Cells, settings: AffinityFieldSettings) -> Tensor:
    """The loss, a scalar: the means of w KL over pairs of background and over pairs of one class,
    plus twice the mean of max(0, margin w - KL) over *edges*, the pairs of two labels.

    KL is the divergence of the second cell's probabilities from the first's, summed over labels, w
    the larger confidence of the pair. A pair with a label IGNORE does not count, and a group
    without pairs is left out. 0 with a gradient of 0 where no pair counts. Both cells of a pair
    learn.
    """
    groups: dict[str, list[Terms]] = {}
    for first, second in pairs(cells, settings.distance):
        for name, terms in grouped(first, second, settings).items():
            groups.setdefault(name, []).append(terms)
    means = {}
    for name, found in groups.items():
        mean = mean_of(found)
        if mean is not None:
            means[name] = mean
    return add_groups(means, settings, cells.p)


def pairs(cells: Cells, distance: int) -> Iterator[tuple[Cells, Cells]]:
    """For each of the eight offsets the first and the second cells of all pairs within the grid."""
    height, width = cells.labels.shape[1:]
    for dy in (-distance, 0, distance):
        for dx in (-distance, 0, distance):
            if dy or dx:
                rows, columns = _overlap(height, dy), _overlap(width, dx)
                first = Cells(*(part[..., rows[0], columns[0]] for part in cells))
                second = Cells(*(part[..., rows[1], columns[1]] for part in cells))
                yield first, second


def _overlap(length: int, shift: int) -> tuple[slice, slice]:
    """Along a side: the cells that have a cell at `shift`, and those cells."""
    count = max(0, length - abs(shift))
    start, other = max(0, -shift), max(0, shift)
    return slice(start, start + count), slice(other, other + count)


def grouped(first: Cells, second: Cells, settings: AffinityFieldSettings) -> dict[str, Terms]:
    """The losses of pairs by group: `background` and `same` (of one class) attract, all others
    are edges.
    """
    known = (first.labels != IGNORE) & (second.labels != IGNORE)
    equal = known & (first.labels == second.labels)
    differ = known & ~equal
    on_background = (first.labels == 0) | (second.labels == 0)
    far = divergence(first.p, second.p)
    w = pair_weight(first.confidence, second.confidence, settings.pair_weight)
    attract, repel = w * far, (settings.margin * w - far).clamp(min=0)
    groups = {
        "background": Terms(attract, equal & on_background),
        "same": Terms(attract, equal & ~on_background),
    }
    if settings.edges != "split":
        return {**groups, "edges": Terms(repel, differ)}
    return {
        **groups,
        "edges to background": Terms(repel, differ & on_background),
        "edges of classes": Terms(repel, differ & ~on_background),
    }


def divergence(first: Tensor, second: Tensor) -> Tensor:
    """The sum over labels of the Kullback-Leibler divergence of "this label or not", (N, ...), from
    probabilities (N, K, ...): q log(q / p) + (1 - q) log((1 - q) / (1 - p)), q the second cell's.
    """
    p, q = first.clamp(SMALLEST, 1), second.clamp(SMALLEST, 1)
    not_p, not_q = (1 - first).clamp(SMALLEST, 1), (1 - second).clamp(SMALLEST, 1)
    return (q * (q / p).log() + not_q * (not_q / not_p).log()).sum(dim=1)


def pair_weight(first: Tensor, second: Tensor, rule: str) -> Tensor:
    """The weight of each pair from the confidences of its cells."""
    if rule == "none":
        return torch.ones_like(first)
    return torch.maximum(first, second) if rule == "larger" else torch.minimum(first, second)


def mean_of(found: list[Terms]) -> Tensor | None:
    """The mean of a group's terms over all offsets; None for a group without pairs."""
    total = torch.stack([(terms.values * terms.chosen).sum() for terms in found]).sum()
    count = torch.stack([terms.chosen.sum() for terms in found]).sum()
    return total / count if count else None


def add_groups(means: dict[str, Tensor], settings: AffinityFieldSettings, p: Tensor) -> Tensor:
    """The loss from the means of the groups that have pairs."""
    attracting = [means[name] for name in ("background", "same") if name in means]
    edges = [mean for name, mean in means.items() if name.startswith("edges")]
    # the published code gives up where it sees neither edges nor both other groups
    if settings.edges == "published" and not edges and len(attracting) < 2:
        attracting = []
    nothing = p.sum() * 0
    if not edges:
        return torch.stack([nothing, *attracting]).sum()
    return torch.stack([nothing, *attracting, 2 * torch.stack(edges).mean()]).sum()
