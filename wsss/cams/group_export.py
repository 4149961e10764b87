"""Exports class maps of photos in groups (docs/methods.md#group-maps): chooses the partners, and
keeps what the network says of a photo, for it is a partner of many others.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wsss.cams.export import export_maps
from wsss.cams.group_maps import GroupMaps, Views, group_maps, initial_views
from wsss.cams.group_settings import GroupExportSettings
from wsss.data.maps import ScoreMap
from wsss.data.photo import Photo
from wsss.nets.multiscale import grid_of, photo_tensor
from wsss.run.errors import UserError
from wsss.training.augment import generator
from wsss.training.partners import SameTags

CACHE_BYTES = 512 << 20
"""size of the initial maps that are kept in memory"""
Leaders = Callable[[], Iterable[tuple[Photo, np.ndarray]]]
"""gives the photos to export, each with its pixels, uint8 (H, W, 3); anew at each call"""


class GroupExport:
    """Makes the maps of photos of a split.

    The partners of a photo in its g-th group depend on its id, on g, and on the ids and tags of the
    split, and not on which photos are exported here. A photo that lacks partners stands in for
    them.
    """

    def __init__(
        self,
        load: Callable[[int | None], Any],
        epochs: int,
        photos: Sequence[Photo],
        read: Callable[[Photo], np.ndarray],
        settings: GroupExportSettings,
        device: torch.device,
    ) -> None:
        """`load` gives the classifier after an epoch, None for the last; the model holds so many
        `epochs`. `photos` are those of the split, and `read` gives the pixels of one.
        """
        self._load, self._epochs, self._read = load, epochs, read
        self._photos = sorted((p for p in photos if p.tags), key=lambda photo: photo.id)
        self._places = {photo.id: place for place, photo in enumerate(self._photos)}
        self._partners = SameTags(self._photos)
        self._settings, self._device = settings, device
        self._views: OrderedDict[str, Views] = OrderedDict()
        self._held = 0
        self._spreads: list[float] = []
        self._task: Any = None

    def maps(self, leaders: Leaders) -> Iterator[tuple[str, ScoreMap]]:
        """The id and the `cam` map of each photo."""
        if self._settings.accumulate:
            yield from self._accumulated(leaders)
            return
        self._use(None)
        for photo, pixels in leaders():
            maps = self._maps_of(photo, pixels, 0).maps if photo.tags else None
            yield photo.id, self._finished(photo, pixels, maps)

    def _accumulated(self, leaders: Leaders) -> Iterator[tuple[str, ScoreMap]]:
        """As `maps`, the largest of the maps of all epochs. A class that no epoch found has the map
        of the last one.
        """
        if not self._epochs:
            raise UserError(
                "the classifier holds no weights of its epochs; train it with keep_epochs: true, "
                "or set accumulate to false"
            )
        largest: dict[str, Tensor] = {}
        for epoch in range(self._epochs):
            self._use(epoch)
            for photo, pixels in leaders():
                if photo.tags:
                    found, before = self._maps_of(photo, pixels, epoch), largest.get(photo.id)
                    kept = accumulate(before, found, self._settings.accumulate_from)
                    largest[photo.id] = fill_lost(kept, found) if self._is_last(epoch) else kept
                if self._is_last(epoch):
                    yield photo.id, self._finished(photo, pixels, largest.pop(photo.id, None))

    def _is_last(self, epoch: int) -> bool:
        return epoch == self._epochs - 1

    def account(self) -> str:
        """Lines on the photos that lack partners, and on the spread between groups."""
        lines = [self._partners.account(self._size - 1)]
        measured = self.measured()
        if "group_spread" in measured:
            lines.append(
                f"spread between the {self._settings.groups} groups of a photo: "
                f"{measured['group_spread']:.4f} (standard deviation of maps with maximum 1, mean "
                f"over {len(self._spreads)} exports of a photo)"
            )
        return "".join(f"{line}\n" for line in lines if line)

    def measured(self) -> dict[str, float]:
        """`group_spread`, the mean spread between the groups of a photo, where it has several."""
        if not self._spreads or self._settings.groups == 1 or self._size == 1:
            return {}
        return {"group_spread": round(float(np.mean(self._spreads)), 6)}

    @property
    def _size(self) -> int:
        """The number of photos of a group."""
        return int(self._task.settings.size)

    def _use(self, epoch: int | None) -> None:
        """Take the network after an epoch. UserError if it has no groups."""
        self._task = self._load(epoch)
        self._views.clear()
        self._held = 0
        if not hasattr(self._task.network, "graph"):
            raise UserError(
                "'cams: group' exports the maps of 'classifier: group', and this model is by "
                "another classifier; take 'cams: cams'"
            )

    def _maps_of(self, leader: Photo, pixels: np.ndarray, epoch: int) -> GroupMaps:
        """The maps of a photo from its groups in an epoch, which differ from those of others."""
        settings, own = self._settings, self._views_of(leader, pixels)
        count = settings.groups if self._size > 1 else 1
        groups = []
        for number in range(epoch * count, (epoch + 1) * count):
            partners = [self._views_of(photo) for photo in self._partners_of(leader, number)]
            groups.append([own, *partners])
        image = photo_tensor(pixels, self._device, settings.long_side, settings.warp)
        grid = grid_of(image, settings.stride)
        found = group_maps(self._task, groups, leader.tags, settings, grid)
        self._spreads.append(found.spread)
        return found

    def _partners_of(self, leader: Photo, number: int) -> list[Photo]:
        """The partners of a photo in one of its groups."""
        place, rng = self._places[leader.id], generator(0, number, leader.id)
        return [self._photos[i] for i in self._partners.draw(place, self._size - 1, rng)]

    def _views_of(self, photo: Photo, pixels: np.ndarray | None = None) -> Views:
        """The initial maps of a photo, computed or kept; the photo that was used longest ago goes
        when there is no room.
        """
        if photo.id not in self._views:
            pixels = self._read(photo) if pixels is None else pixels
            views = initial_views(self._task.network, pixels, self._settings, self._device)
            self._views[photo.id] = views
            self._held += _bytes_of(views)
        self._views.move_to_end(photo.id)
        while self._held > CACHE_BYTES and len(self._views) > 1:
            _, oldest = self._views.popitem(last=False)
            self._held -= _bytes_of(oldest)
        return self._views[photo.id]

    def _finished(self, photo: Photo, pixels: np.ndarray, maps: Tensor | None) -> ScoreMap:
        """The map of a photo as it is stored; without channels for a photo without tags."""
        if maps is None:
            return export_maps(pixels, (), self._settings, self._device, lambda images: images)
        size = (pixels.shape[0], pixels.shape[1])
        return ScoreMap("cam", np.array(photo.tags), maps.cpu().numpy(), size)


def accumulate(before: Tensor | None, found: GroupMaps, least: float) -> Tensor:
    """The larger of two maps (P, h, w) at each cell. Of `found`, classes with a probability below
    `least` count as 0; `before` is None in the first epoch.
    """
    kept = found.maps * (found.probabilities >= least)[:, None, None]
    return kept if before is None else torch.maximum(before, kept)


def fill_lost(kept: Tensor, found: GroupMaps) -> Tensor:
    """Maps `kept` (P, h, w), those of `found` for the classes that are 0 everywhere."""
    lost = kept.amax(dim=(1, 2), keepdim=True) == 0
    return torch.where(lost, found.maps, kept)


def _bytes_of(views: Views) -> int:
    return sum(maps.nbytes for maps in views)
