"""Labels the crops of a batch during a training by the network's own class maps, or by what is
remembered of their photos (docs/methods.md#online-labels).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.segment.label_memory import LabelMemory, Shown
from wsss.segment.online_account import OnlineAccount
from wsss.segment.online_labels import Made, label_photos
from wsss.segment.online_maps import average_scales, find_tags, see_photo
from wsss.segment.online_settings import OnlineSettings
from wsss.training.targets import PLACE, REGION


class Labelled(NamedTuple):
    """The labels of a batch of crops of S x S pixels."""

    labels: Tensor
    """int64 (N, S, S), IGNORE where nothing is sure"""
    confidence: Tensor
    """float32 (N, S, S) in 0..1"""
    made: float
    """the share of the photos whose labels were made now, and not remembered"""


class Labeller:
    """Labels batches, remembers labels of photos, and counts. `memory` and `account` are part of a
    training's checkpoints.
    """

    def __init__(self, settings: OnlineSettings, classes: int) -> None:
        self.settings = settings
        self.memory = LabelMemory(settings.memory_side, settings.refresh)
        self.account = OnlineAccount(classes)

    def label(
        self, batch: dict[str, Any], class_maps: Callable[[Tensor], Tensor], at_one: Tensor
    ) -> Labelled:
        """The labels of a batch (wsss.training.loop.Task). `class_maps` gives the network's maps
        (n, C, h, w) of images (n, 3, H, W), `at_one` are those of the batch's images.
        """
        due = [n for n, photo in enumerate(batch["id"]) if self.memory.is_due(photo)]
        made = dict(zip(due, self._make(batch, due, class_maps, at_one))) if due else {}
        shown = []
        for n, photo in enumerate(batch["id"]):
            if n in made:
                new, waits = made[n]
                shown.append(new)
                self.memory.store(photo, new, batch[PLACE][n].cpu(), again=waits)
            else:
                shown.append(self.memory.read(photo, batch[PLACE][n].cpu()))
        labels = torch.stack([item.labels for item in shown])
        self.account.add(labels, batch["tags"])
        confidence = torch.stack([item.confidence for item in shown])
        device = batch["image"].device
        return Labelled(labels.long().to(device), confidence.to(device), len(due) / len(shown))

    def _make(
        self,
        batch: dict[str, Any],
        due: list[int],
        class_maps: Callable[[Tensor], Tensor],
        at_one: Tensor,
    ) -> list[tuple[Shown, bool]]:
        """New labels of the photos `due`, photos in parallel; and whether one of a photo's tags
        was not found, so that it waits for labels.
        """
        images, region, tags = batch["image"][due], batch[REGION][due], batch["tags"][due]
        maps = average_scales(images, self.settings.scales, class_maps, at_one[due])
        found = find_tags(at_one[due], self.settings.tag_above)
        seen = []
        for n in range(len(due)):
            seen.append(see_photo(images[n], maps[n], tags[n], region[n], found[n]))
        self.account.add_made(seen)
        made = label_photos(seen, self.settings, torch.get_num_threads())
        shown = [put_in_crop(item, region[n].cpu()) for n, item in enumerate(made)]
        return [(item, photo.lost > 0) for item, photo in zip(shown, seen)]


def put_in_crop(made: Made, region: Tensor) -> Shown:
    """The labels of a photo in its crop, whose `region`, uint8 (S, S), is 1 in the photo. The
    padding has no label.
    """
    rows = region.any(dim=1).nonzero()
    columns = region.any(dim=0).nonzero()[:, 0]
    labels = torch.full(region.shape, IGNORE, dtype=torch.uint8)
    confidence = torch.zeros(region.shape)
    labels[rows, columns] = torch.from_numpy(made.labels)
    confidence[rows, columns] = torch.from_numpy(made.confidence)
    return Shown(labels, confidence)
