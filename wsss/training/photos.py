"""Training photos: decoded once, kept in memory while they fit, augmented anew in every epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from wsss.data.images import read_photo
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.training.augment import augment, generator
from wsss.training.batches import Batches, Key
from wsss.training.settings import TrainingSettings
from wsss.training.targets import Target

CACHE_BYTES = 2 << 30
Decoded = tuple[np.ndarray, dict[str, np.ndarray]]


class TrainingPhotos(Dataset[dict[str, Any]]):
    """By key: image uint8 (3, S, S), tags float (C,), the id, and each target under its name.

    A target is ([K,] S, S) of its own dtype, cropped like the image. Of a key with a group there is
    `group` as well.
    """

    def __init__(
        self,
        index: Index,
        photos: Sequence[Photo],
        settings: TrainingSettings,
        targets: Mapping[str, Target] | None = None,
    ) -> None:
        self.index, self.photos, self.settings = index, photos, settings
        self.targets = dict(targets or {})
        self._cache: dict[int, Decoded] = {}
        self.room = CACHE_BYTES

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, key: Key) -> dict[str, Any]:
        photo = self.photos[key.photo]
        image, maps = self._load(key.photo)
        rng = generator(self.settings.seed, key.epoch, _draw(photo, key))
        crop, targets = augment(image, maps, self.targets, self.settings, rng)
        item = {"image": crop, "tags": self._tags(photo), "id": photo.id, **targets}
        return item if key.group is None else {**item, "group": key.group}

    def _load(self, i: int) -> Decoded:
        if i in self._cache:
            return self._cache[i]
        photo = self.photos[i]
        image = read_photo(self.index.image_path(photo))
        size = (image.shape[0], image.shape[1])
        maps = {name: target.read(name, photo, size) for name, target in self.targets.items()}
        needed = image.nbytes + sum(values.nbytes for values in maps.values())
        if needed <= self.room:
            self.room -= needed
            self._cache[i] = image, maps
        return image, maps

    def _tags(self, photo: Photo) -> torch.Tensor:
        tags = torch.zeros(len(self.index.classes))
        tags[[t - 1 for t in photo.tags]] = 1
        return tags


def _draw(photo: Photo, key: Key) -> str:
    """What a photo is augmented by: a partner otherwise than a leader, for it may be its own."""
    return f"{photo.id}/{key.member}" if key.member else photo.id


def loader(photos: TrainingPhotos, batches: Batches, workers: int) -> DataLoader[dict[str, Any]]:
    """The batches, prepared by `workers` processes, which share the cache's room.

    With 0 the training process itself prepares them.
    """
    photos.room = CACHE_BYTES // max(1, workers)
    own = torch.Generator()  # the global one's draws are dropout's, also after a resume
    return DataLoader(
        photos,
        batch_sampler=batches,
        num_workers=workers,
        worker_init_fn=_one_thread,
        generator=own,
    )


def _one_thread(_: int) -> None:
    torch.set_num_threads(1)
