"""The photos of a training: decoded once, kept in memory as far as they fit, augmented anew in each
epoch.
"""

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
from wsss.training.targets import PLACE, Target

CACHE_BYTES = 2 << 30
"""size of the decoded photos that are kept in memory, for all loading processes together"""
Decoded = tuple[np.ndarray, dict[str, np.ndarray]]
"""a photo, uint8 (H, W, 3), and its map for each target"""


class TrainingPhotos(Dataset[dict[str, Any]]):
    """The dataset of a training, indexed by `Key`.

    An item holds `image`, uint8 (3, S, S); `tags`, float (C,) of 0 and 1; `id`; and under its name
    each target, ([K,] S, S) in its dtype, cropped like the image. In batches of groups it also
    holds `group`; with `places`, it holds `place`, float32 (2, S) (augment.py).
    """

    def __init__(
        self,
        index: Index,
        photos: Sequence[Photo],
        settings: TrainingSettings,
        targets: Mapping[str, Target] | None = None,
        places: bool = False,
    ) -> None:
        self.index, self.photos, self.settings = index, photos, settings
        self.places = places
        self.targets = dict(targets or {})
        self._cache: dict[int, Decoded] = {}
        self.room = CACHE_BYTES

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, key: Key) -> dict[str, Any]:
        photo = self.photos[key.photo]
        image, maps = self._load(key.photo)
        rng = generator(self.settings.seed, key.epoch, _random_key(photo, key))
        crop = augment(image, maps, self.targets, self.settings, rng)
        item = {"image": crop.image, "tags": self._tags(photo), "id": photo.id, **crop.targets}
        if self.places:
            item[PLACE] = crop.place
        return item if key.group is None else {**item, "group": key.group}

    def _load(self, i: int) -> Decoded:
        """A photo and its maps, from memory or from their files."""
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
        """The tags of a photo, float (C,) of 0 and 1."""
        tags = torch.zeros(len(self.index.classes))
        tags[[t - 1 for t in photo.tags]] = 1
        return tags


def _random_key(photo: Photo, key: Key) -> str:
    """What the random numbers of a photo depend on. A partner is augmented differently from a
    leader, for a photo may be its own partner.
    """
    return f"{photo.id}/{key.member}" if key.member else photo.id


def loader(photos: TrainingPhotos, batches: Batches, workers: int) -> DataLoader[dict[str, Any]]:
    """The batches, prepared by `workers` processes, which divide the cache among them. With 0
    workers the training process prepares them itself.
    """
    photos.room = CACHE_BYTES // max(1, workers)
    # a loader takes a number from its generator, and the global one must serve dropout alone:
    # otherwise a training that resumes would drop out other features
    own = torch.Generator()
    return DataLoader(
        photos,
        batch_sampler=batches,
        num_workers=workers,
        worker_init_fn=_one_thread,
        generator=own,
    )


def _one_thread(_: int) -> None:
    """Limit a loading process to one thread; torch calls this with the worker's number."""
    torch.set_num_threads(1)
