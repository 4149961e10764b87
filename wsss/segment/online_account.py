"""Counts the online labels of an epoch, and says what the network could not learn from them
(docs/methods.md#online-labels).
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.segment.online_labels import Seen


class OnlineAccount:
    """Counts of one epoch. Of photos as they were shown: how many had tags, how many of these had
    no label; by class, how many had its tag; and the pixels of each label. Of photos as they were
    labelled: the tags, and how many of these the network did not find.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self._counts = torch.zeros(4 + classes + classes + 1, dtype=torch.int64)

    def add(self, labels: Tensor, tags: Tensor) -> None:
        """Count a batch: labels, uint8 (N, S, S), and tags (N, C) of 0 and 1."""
        tagged = tags.any(dim=1).cpu()
        empty = (labels == IGNORE).flatten(1).all(dim=1)
        pixels = torch.bincount(labels.flatten().int(), minlength=256)[: self.classes + 1]
        photos = torch.stack([tagged.sum(), (tagged & empty).sum()])
        self._counts[2:] += torch.cat([photos, tags.cpu().long().sum(dim=0), pixels])

    def add_made(self, photos: Sequence[Seen]) -> None:
        """Count what new labels of photos are made of."""
        self._counts[0] += sum(len(photo.tags) for photo in photos)
        self._counts[1] += sum(photo.lost for photo in photos)

    def close(self, names: tuple[str, ...], total: Callable[[Tensor], Tensor]) -> list[str]:
        """Lines on the epoch, and begin the next one; [] before the first labels. `names` are those
        of background and classes, `total` sums counts over all processes.
        """
        counts = total(self._counts)
        self._counts = torch.zeros_like(self._counts)
        tags, lost, photos, without = counts[:4].tolist()
        tagged, pixels = counts[4:].split([self.classes, self.classes + 1])
        if not photos:
            return []
        lines = [f"online labels: {photos} photos, {without} of them without a sure pixel"]
        if lost:
            lines.append(f"{lost} of {tags} tags were not found in their photos (tag_above)")
        if not pixels[0]:
            lines.append("no pixel was sure to be background in this epoch")
        missing = (tagged > 0) & (pixels[1:] == 0)
        if missing.any():
            listed = ", ".join(names[k + 1] for k in missing.nonzero()[:, 0].tolist())
            lines.append(
                f"no pixel was sure in this epoch of: {listed}; of them only the tags were learned"
            )
        return lines

    def state(self) -> Tensor:
        """The counts, for a checkpoint."""
        return self._counts

    def restore(self, counts: Tensor) -> None:
        """Continue with the counts of a checkpoint."""
        self._counts = counts.cpu()
