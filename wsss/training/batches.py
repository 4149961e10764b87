"""Which photos each step sees: all photos in a new order every epoch, or groups with one tag."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from wsss.data.photo import Photo
from wsss.run.errors import UserError
from wsss.training.ranks import ALONE, Ranks
from wsss.training.settings import TrainingSettings


class Key(NamedTuple):
    """One photo of a batch."""

    epoch: int
    photo: int
    """its place among the training photos"""
    group: int | None = None
    """which of the batch's groups it belongs to, where there are groups"""
    member: int = 0
    """its place in the group; 0 is the leader"""


class Batches(Protocol):
    """The batches of all epochs from step `start` on, or one process's share of each.

    What a step sees depends on (seed, epoch) and the step alone, so a training can go on at any.
    """

    start: int
    per_epoch: int
    """steps an epoch"""

    def __iter__(self) -> Iterator[list[Key]]:
        """One list of keys a step."""


class EpochBatches:
    """Every photo at most once an epoch; what does not fill a batch is left out of that epoch."""

    def __init__(
        self, photos: int, settings: TrainingSettings, start: int = 0, ranks: Ranks = ALONE
    ) -> None:
        check_some(photos)
        self.photos, self.settings, self.start, self.ranks = photos, settings, start, ranks
        self.batch = min(settings.batch, photos)
        self.per_epoch = photos // self.batch

    def __iter__(self) -> Iterator[list[Key]]:
        for step in range(self.start, self.per_epoch * self.settings.epochs):
            epoch, k = divmod(step, self.per_epoch)
            order = order_of(self.settings.seed, epoch, self.photos)
            chosen = order[k * self.batch : (k + 1) * self.batch]
            yield self.ranks.share([Key(epoch, int(i)) for i in chosen])


class GroupBatches:
    """Groups of `size` photos that share a tag; the photos of a group stand together in the batch.

    Every photo leads one group an epoch. Its partners are drawn among the other photos with one of
    its tags, which is drawn first. A photo whose tags no other has is its own partner. A step has
    `settings.batch // size` groups, at least one; the last of an epoch may have fewer.
    """

    def __init__(
        self,
        photos: Sequence[Photo],
        size: int,
        settings: TrainingSettings,
        start: int = 0,
        ranks: Ranks = ALONE,
    ) -> None:
        check_some(len(photos))
        self.photos, self.size, self.settings = photos, size, settings
        self.start, self.ranks = start, ranks
        self.groups = max(1, settings.batch // size)
        if self.groups % ranks.world:
            raise UserError(
                f"batch is {settings.batch}, {self.groups} groups of {size} photos, "
                f"which cannot be split among {ranks.world} processes; take a multiple"
            )
        self.per_epoch = -(-len(photos) // self.groups)
        self._tagged = _photos_by_tag(photos)

    def __iter__(self) -> Iterator[list[Key]]:
        for step in range(self.start, self.per_epoch * self.settings.epochs):
            epoch, k = divmod(step, self.per_epoch)
            leaders = self._leaders(epoch)[k * self.groups : (k + 1) * self.groups]
            mine = self.ranks.share(leaders)
            keys = []
            for group, leader in enumerate(mine):
                photos = [leader, *self._partners(epoch, leader)]
                keys += [Key(epoch, photo, group, member) for member, photo in enumerate(photos)]
            yield keys

    def _leaders(self, epoch: int) -> list[int]:
        """All photos in the epoch's order, the first ones again where processes would get fewer."""
        order: list[int] = order_of(self.settings.seed, epoch, len(self.photos)).tolist()
        missing = -len(order) % self.ranks.world
        return order + (order * missing)[:missing]

    def _partners(self, epoch: int, leader: int) -> list[int]:
        rng = np.random.default_rng([self.settings.seed, epoch, leader])
        shared = [tag for tag in self.photos[leader].tags if len(self._tagged[tag]) > 1]
        if not shared:
            return [leader] * (self.size - 1)
        tagged = self._tagged[int(rng.choice(shared))]
        others = tagged[tagged != leader]
        few = len(others) < self.size - 1
        return [int(i) for i in rng.choice(others, self.size - 1, replace=few)]


def check_some(photos: int) -> None:
    """Refuse to train on nothing."""
    if not photos:
        raise UserError(
            "there is no photo to train on; the training split is empty or none of its "
            "photos has a tag"
        )


def order_of(seed: int, epoch: int, photos: int) -> np.ndarray:
    """The order of an epoch, int64 (photos,)."""
    return np.random.default_rng([seed, epoch]).permutation(photos)


def _photos_by_tag(photos: Sequence[Photo]) -> dict[int, np.ndarray]:
    found: dict[int, list[int]] = {}
    for i, photo in enumerate(photos):
        for tag in photo.tags:
            found.setdefault(tag, []).append(i)
    return {tag: np.array(places) for tag, places in found.items()}
