"""The label reassignment loss of AA&LR (Zhang et al., ACM MM 2021), reconstructed
(docs/methods.md#label-reassignment): pixels are compared with the *prototype* of each label, the
mean of the features of its pixels.

N photos, K labels with background, D features, h x w cells.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.data.images import IGNORE
from wsss.losses.reassign_settings import ReassignSettings
from wsss.nets.precision import full_precision

ABSENT = -1e4
"""the cosine to a label that cannot be: its softmax is 0"""


class Prototypes(nn.Module):
    """The prototypes of all labels, which follow the batches. They are part of the network's state,
    so that a training that resumes goes on with them.
    """

    means: Tensor
    known: Tensor

    def __init__(self, labels: int, channels: int) -> None:
        super().__init__()
        self.register_buffer("means", torch.zeros(labels, channels))
        self.register_buffer("known", torch.zeros(labels, dtype=torch.bool))

    @torch.no_grad()
    @full_precision
    def update(self, features: Tensor, labels: Tensor, weights: Tensor, momentum: float) -> None:
        """Take in a batch: features (N, D, h, w) of length 1, labels int64 (N, h, w), and the
        weight of each cell (N, h, w). A label without a cell keeps its prototype.
        """
        count = len(self.means)
        inside = F.one_hot(torch.where(labels == IGNORE, count, labels), count + 1)[..., :count]
        shares = inside.to(features.dtype) * weights[..., None]
        mass = shares.sum(dim=(0, 1, 2))
        means = torch.einsum("nhwk,ndhw->kd", shares, features) / mass.clamp(min=1e-6)[:, None]
        here = mass > 0
        kept = torch.where(self.known, momentum, 0.0)[:, None]
        mixed = kept * self.means + (1 - kept) * means
        self.means = torch.where(here[:, None], mixed, self.means)
        self.known = self.known | here


class Reassigned(NamedTuple):
    """What the prototypes say of a batch."""

    labels: Tensor
    """int64 (N, h, w), IGNORE where no label is given"""
    loss: Tensor
    """a scalar"""
    share: float
    """of the labelled cells, those whose label has changed"""


class Embedded(NamedTuple):
    """A batch on the grid of its features."""

    features: Tensor
    """float32 (N, D, h, w), of length 1"""
    labels: Tensor
    """int64 (N, h, w), IGNORE where there is none"""
    inside: Tensor
    """bool (N, h, w): the cells that are photo and not padding"""
    tags: Tensor
    """(N, K - 1) of 0 and 1"""


@full_precision
def reassign(given: Embedded, prototypes: Prototypes, s: ReassignSettings) -> Reassigned:
    """New labels by the prototypes, and the cross-entropy of the cosines, divided by the
    temperature, against them; 0 without a labelled cell. Prototypes have no gradient.
    """
    labels = given.labels
    cosines = torch.einsum("kd,ndhw->nkhw", F.normalize(prototypes.means, dim=1), given.features)
    possible = in_photo(given.tags) & prototypes.known
    new = new_labels(cosines.detach(), given, possible, s)
    compared = possible if s.against == "photo" else prototypes.known.expand_as(possible)
    logits = torch.where(compared[..., None, None], cosines / s.temperature, ABSENT)
    known = new != IGNORE
    loss = F.cross_entropy(logits, new, ignore_index=IGNORE, reduction="sum")
    changed = (labels != IGNORE) & (new != labels)
    share = changed.sum() / (labels != IGNORE).sum().clamp(min=1)
    return Reassigned(new, loss / known.sum().clamp(min=1), float(share))


def in_photo(tags: Tensor) -> Tensor:
    """Which labels a photo may have, bool (N, K): background, and its tags."""
    return torch.cat([torch.ones_like(tags[:, :1]), tags], dim=1) > 0


def new_labels(cosines: Tensor, given: Embedded, possible: Tensor, s: ReassignSettings) -> Tensor:
    """The labels, int64 (N, h, w), after cosines (N, K, h, w) with the prototypes have their say.

    A labelled cell takes the `possible` (N, K) label of the largest cosine if that is larger than
    its own label's by more than the margin. With `pixels: all` an unlabelled cell takes it if it is
    larger than the second one's by as much.
    """
    cosines = cosines.masked_fill(~possible[..., None, None], ABSENT)
    two = cosines.topk(2, dim=1)
    best, largest = two.indices[:, 0], two.values[:, 0]
    labels, known = given.labels, given.labels != IGNORE
    own = cosines.gather(1, torch.where(known, labels, 0)[:, None])[:, 0]
    # a label whose prototype does not exist yet cannot be compared
    moved = known & (own > ABSENT) & (largest - own > s.margin)
    if s.pixels == "all":
        unknown = given.inside & ~known
        moved |= unknown & (largest > ABSENT) & (largest - two.values[:, 1] > s.margin)
    return torch.where(moved, best, labels)
