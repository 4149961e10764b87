"""Training photos as batches: decoded once, kept in memory while they fit, augmented anew in every epoch."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from wsss.data.images import IGNORE, read_photo
from wsss.data.index import Index, Photo
from wsss.run.errors import UserError
from wsss.training.augment import augment, generator
from wsss.training.ranks import ALONE, Ranks
from wsss.training.settings import TrainingSettings

CACHE_BYTES = 2 << 30


class TrainingPhotos(Dataset[dict[str, Any]]):
    """Item (epoch, i): image uint8 (3, S, S), labels uint8 (S, S), tags float (C,), the photo's id; with `truth`, also truth
    uint8 (S, S), cropped like the rest: for measuring what a training does, never for training.
    """

    def __init__(self, index: Index, photos: list[Photo], settings: TrainingSettings,
                 labels: Callable[[str], np.ndarray] | None = None,
                 truth: Callable[[Photo], np.ndarray | None] | None = None) -> None:
        self.index, self.photos, self.settings, self.labels, self.truth = index, photos, settings, labels, truth
        self._cache: dict[int, tuple[np.ndarray, np.ndarray | None]] = {}
        self.room = CACHE_BYTES

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, key: tuple[int, int]) -> dict[str, Any]:
        epoch, i = key
        photo = self.photos[i]
        image, target = augment(*self._load(i), self.settings, generator(self.settings.seed, epoch, photo.id))
        item = {"image": image, "labels": target[0], "tags": self._tags(photo), "id": photo.id}
        return item if self.truth is None else {**item, "truth": target[1]}

    def _load(self, i: int) -> tuple[np.ndarray, np.ndarray | None]:
        if i in self._cache:
            return self._cache[i]
        photo = self.photos[i]
        image = read_photo(self.index.image_path(photo))
        labels = self._label_maps(photo, image)
        size = image.nbytes + (0 if labels is None else labels.nbytes)
        if size <= self.room:
            self.room -= size
            self._cache[i] = image, labels
        return image, labels

    def _label_maps(self, photo: Photo, image: np.ndarray) -> np.ndarray | None:
        """The label map, and the true mask where it is wanted, (K, H, W); None when there are no label maps at all."""
        if self.labels is None:
            return None
        maps = {"label map": self.labels(photo.id)}
        if self.truth is not None:
            mask = self.truth(photo)
            maps["mask"] = np.full(image.shape[:2], IGNORE, np.uint8) if mask is None else mask
        for what, item in maps.items():
            if item.shape != image.shape[:2]:
                raise UserError(f"{what} of photo {photo.id} is {item.shape[1]} x {item.shape[0]} pixels but the photo is "
                                f"{image.shape[1]} x {image.shape[0]}; remake the {what}")
        return np.stack(list(maps.values()))

    def _tags(self, photo: Photo) -> torch.Tensor:
        tags = torch.zeros(len(self.index.classes))
        tags[[t - 1 for t in photo.tags]] = 1
        return tags


class EpochBatches(Sampler[list[tuple[int, int]]]):
    """Batches of (epoch, i) keys from step `start` to the last epoch, or one process's share of each; the order of an epoch
    depends on (seed, epoch)."""

    def __init__(self, photos: int, settings: TrainingSettings, start: int = 0, ranks: Ranks = ALONE) -> None:
        if not photos:
            raise UserError("there is no photo to train on; the training split is empty or none of its photos has a tag")
        self.photos, self.settings, self.start, self.ranks = photos, settings, start, ranks
        self.batch = min(settings.batch, photos)
        self.per_epoch = photos // self.batch

    def __len__(self) -> int:
        return self.per_epoch * self.settings.epochs - self.start

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        for step in range(self.start, self.per_epoch * self.settings.epochs):
            epoch, k = divmod(step, self.per_epoch)
            order = np.random.default_rng([self.settings.seed, epoch]).permutation(self.photos)
            yield self.ranks.share([(epoch, int(i)) for i in order[k * self.batch : (k + 1) * self.batch]])


def loader(photos: TrainingPhotos, batches: EpochBatches, workers: int) -> DataLoader[dict[str, Any]]:
    """The batches, prepared by `workers` processes (0: by the training process itself), which share the cache's room."""
    photos.room = CACHE_BYTES // max(1, workers)
    own = torch.Generator()  # else the loader draws from the global one, and a resumed dropout would differ
    return DataLoader(photos, batch_sampler=batches, num_workers=workers, worker_init_fn=_one_thread, generator=own)


def _one_thread(_: int) -> None:
    torch.set_num_threads(1)
