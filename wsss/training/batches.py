"""The photos of each training step: all photos in a new order every epoch, or groups that share a
tag.

Methods that compare photos train on groups. In a *group* a photo, the *leader*, stands beside its
*partners*, which a rule chooses (partners.py).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from wsss.data.photo import Photo
from wsss.run.errors import UserError
from wsss.training.partners import Partners, SharedTag
from wsss.training.ranks import ALONE, Ranks
from wsss.training.settings import TrainingSettings


class Key(NamedTuple):
    """One photo of a batch: what TrainingPhotos is indexed by."""

    epoch: int
    """the epoch, from 0, which sets the augmentation"""
    photo: int
    """index of the photo among the training photos"""
    group: int | None = None
    """index of its group in this process's share of the batch; None in batches without groups"""
    member: int = 0
    """index in its group: 0 is the leader, others are partners"""


class Batches(Protocol):
    """The batches of all epochs from step `start` on; with several processes, this one's share of
    each batch.

    The batch of a step depends on the seed and the step alone, so a training can resume at any
    step.
    """

    start: int
    """the first step, 0 unless a training resumes"""
    per_epoch: int
    """steps an epoch"""
    steps: int
    """steps of the whole training"""

    def __iter__(self) -> Iterator[list[Key]]:
        """The keys of each step."""


class EpochBatches:
    """Batches of all photos in a random order, new in each epoch. The last photos of the order,
    which do not fill a batch, are left out of the epoch.
    """

    def __init__(
        self, photos: int, settings: TrainingSettings, start: int = 0, ranks: Ranks = ALONE
    ) -> None:
        require_photos(photos)
        self.photos, self.settings, self.start, self.ranks = photos, settings, start, ranks
        self.batch = settings.batch
        if photos < settings.batch:  # one batch of all photos, or of as many as can be split
            self.batch = photos - photos % ranks.world or photos
        self.per_epoch = photos // self.batch
        self.steps = count_steps(self.per_epoch, settings)

    def __iter__(self) -> Iterator[list[Key]]:
        for step in range(self.start, self.steps):
            epoch, k = divmod(step, self.per_epoch)
            order = order_of(self.settings.seed, epoch, self.photos)
            chosen = order[k * self.batch : (k + 1) * self.batch]
            yield self.ranks.share([Key(epoch, int(i)) for i in chosen])


class GroupBatches:
    """Batches of groups of `size` photos that share a tag. The photos of a group are consecutive in
    the batch, the leader first.

    Every photo is the leader of one group an epoch. `partners` chooses the others; by default they
    share one tag. A step has `settings.batch // size` groups, at least one; the last step of an
    epoch may have fewer.
    """

    def __init__(
        self,
        photos: Sequence[Photo],
        size: int,
        settings: TrainingSettings,
        start: int = 0,
        ranks: Ranks = ALONE,
        partners: Partners | None = None,
    ) -> None:
        require_photos(len(photos))
        self.photos, self.size, self.settings = photos, size, settings
        self.partners = partners or SharedTag(photos)
        self.start, self.ranks = start, ranks
        self.groups = max(1, settings.batch // size)
        if self.groups % ranks.world:
            raise UserError(
                f"batch is {settings.batch}, {self.groups} groups of {size} photos, "
                f"which cannot be split among {ranks.world} processes; take a batch that is a "
                f"multiple of {size * ranks.world}"
            )
        self.per_epoch = -(-len(photos) // self.groups)
        self.steps = count_steps(self.per_epoch, settings)

    def __iter__(self) -> Iterator[list[Key]]:
        for step in range(self.start, self.steps):
            epoch, k = divmod(step, self.per_epoch)
            leaders = self._leaders(epoch)[k * self.groups : (k + 1) * self.groups]
            mine = self.ranks.share(leaders)
            keys = []
            for group, leader in enumerate(mine):
                rng = np.random.default_rng([self.settings.seed, epoch, leader])
                photos = [leader, *self.partners.draw(leader, self.size - 1, rng)]
                keys += [Key(epoch, photo, group, member) for member, photo in enumerate(photos)]
            yield keys

    def _leaders(self, epoch: int) -> list[int]:
        """All photos in the order of the epoch. The first ones are repeated until the processes get
        equally many.
        """
        order: list[int] = order_of(self.settings.seed, epoch, len(self.photos)).tolist()
        missing = -len(order) % self.ranks.world
        return order + (order * missing)[:missing]


def count_steps(per_epoch: int, settings: TrainingSettings) -> int:
    """The steps of a training: those of its epochs, `most_steps` at most."""
    steps = per_epoch * settings.epochs
    return steps if settings.most_steps is None else min(steps, settings.most_steps)


def require_photos(photos: int) -> None:
    """Raise a UserError where there is no photo to train on."""
    if not photos:
        raise UserError(
            "there is no photo to train on; the training split is empty or none of its "
            "photos has a tag"
        )


def order_of(seed: int, epoch: int, photos: int) -> np.ndarray:
    """The random order of an epoch: the indices of its photos, int64 (photos,)."""
    return np.random.default_rng([seed, epoch]).permutation(photos)
