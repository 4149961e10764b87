"""Which photos a person should look at first, without true masks (docs/methods.md#photos-to-check),
and how good that order is, where there are some.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wsss.data.confidence import Confidence
from wsss.data.images import IGNORE
from wsss.score.agreement import agree_with_tags
from wsss.score.bootstrap import Counts, miou
from wsss.score.confusion import confusion

Json = dict[str, Any]
NOT_FOUND, EMPTY, DISAGREE, UNTAGGED = "not_found", "empty", "disagree", "untagged"
BADGES = {
    NOT_FOUND: "tag not found",
    EMPTY: "mask empty",
    DISAGREE: "stages disagree",
    UNTAGGED: "class without tag",
}
"""what a photo may have -> its name for people"""
AGREE_FROM = 50.0
"""percent; mask and pseudo-label disagree if they agree less"""
FOUND_FROM = 0.1
"""percent of the photo; a class is found from this share, a few pixels are none"""
SEEN_FROM = 1.0
"""percent of the photo; a class without a tag counts from this share"""
DECIDED_FROM = 0.5
"""share of the pixels that pseudo-labels decide, from which on they can stand for masks"""
PARTS = 10
"""the order is measured in so many equal parts"""


def is_found(share: float) -> bool:
    """Whether a class counts as found in a photo, from its share of the label map in percent. It is
    compared with two decimals, those of tables and of the report.
    """
    return round(share, 2) >= FOUND_FROM


def shares_of(labels: np.ndarray) -> dict[int, float]:
    """Label id -> its share in percent of a label map, uint8 (H, W), of the labels in it."""
    pixels = np.bincount(labels.ravel(), minlength=IGNORE + 1)
    return {int(k): 100 * int(pixels[k]) / labels.size for k in np.flatnonzero(pixels)}


@dataclass(frozen=True)
class PhotoCheck:
    """What is known of the final mask of a photo. Figures are in percent; one that is not known is
    None.
    """

    shares: Mapping[int, float]
    """label id -> its share of the mask's pixels, of the labels in it"""
    tags: tuple[int, ...] | None
    """label ids; None where they are not known"""
    confidence: float | None = None
    """the mean probability of the pixels' labels"""
    expected_iou: float | None = None
    """the mean IoU that the network expects of the mask"""
    agreement: float | None = None
    """the mean IoU of mask and pseudo-label; a tag that the pseudo-label lacks counts 0"""
    without_tag: Mapping[int, float] = field(default_factory=dict)
    """label id -> share of the pixels, of classes that the network alone sees without a tag"""

    @property
    def found(self) -> tuple[int, ...]:
        """The classes that are found in the mask, tagged or not."""
        return tuple(k for k, share in self.shares.items() if k > 0 and is_found(share))

    @property
    def not_found(self) -> tuple[int, ...]:
        """The tags that are not found in the mask."""
        return tuple(tag for tag in self.tags or () if tag not in self.found)

    @property
    def untagged(self) -> tuple[int, ...]:
        """The classes that the network sees without a tag, as far as they are not small."""
        return tuple(k for k, share in self.without_tag.items() if share >= SEEN_FROM)

    @property
    def badges(self) -> tuple[str, ...]:
        """Keys of BADGES. A photo that is known to hold no class may have an empty mask."""
        has = {
            NOT_FOUND: bool(self.not_found),
            EMPTY: not self.found and self.tags != (),
            DISAGREE: self.agreement is not None and self.agreement < AGREE_FROM,
            UNTAGGED: bool(self.untagged),
        }
        return tuple(badge for badge, given in has.items() if given)

    @property
    def benefit(self) -> float | None:
        """How many points of the photo's mean IoU a person's correction may bring: what the
        expected IoU and the agreement with the pseudo-label, averaged, lack of 100.
        """
        known = [value for value in (self.expected_iou, self.agreement) if value is not None]
        return 100 - sum(known) / len(known) if known else None


def check_mask(
    mask: np.ndarray,
    labels: int,
    tags: tuple[int, ...] | None,
    found: Confidence | None,
    pseudo: np.ndarray | None,
) -> PhotoCheck:
    """What is known of a mask, uint8 (H, W), of a dataset with so many `labels`.

    `found` are the network's own figures, `pseudo` is the pseudo-label, uint8 (H, W).
    """
    shares = {k: share for k, share in shares_of(mask).items() if k < labels}
    agreement = None if pseudo is None else compare(mask, pseudo, labels, tags or ())
    if found is None:
        return PhotoCheck(shares, tags, agreement=agreement)
    return PhotoCheck(shares, tags, found.mean, found.expected_iou, agreement, found.without_tag)


def compare(mask: np.ndarray, pseudo: np.ndarray, labels: int, tags: Sequence[int]) -> float | None:
    """The mean IoU in percent of a mask and a pseudo-label, both uint8 (H, W); None where the
    pseudo-label is IGNORE everywhere.
    """
    if (pseudo == IGNORE).all():
        return None
    return agree_with_tags(confusion(mask, pseudo, labels), tags)


def count_badges(checks: Iterable[PhotoCheck]) -> dict[str, int]:
    """Badge -> the number of photos that have it, of all badges."""
    found = Counter(badge for check in checks for badge in check.badges)
    return {badge: found[badge] for badge in BADGES}


def order_photos(checks: Mapping[str, PhotoCheck]) -> list[str]:
    """The ids of photos, those with the largest benefit first; those without come last."""
    benefits = {photo_id: check.benefit for photo_id, check in checks.items()}
    return sorted(benefits, key=lambda k: (benefits[k] is None, -(benefits[k] or 0.0), k))


def measure_order(order: Sequence[str], counts: Counts) -> list[Json]:
    """How right the masks are in each tenth of an order: its `photos`, their `miou`, and
    `photo_iou`, the mean of each photo's mIoU; in percent. [] for fewer than ten photos.

    `counts` are those of the masks against true ones; photos without counts are left out.
    """
    row_of = {photo_id: row for row, photo_id in enumerate(counts.ids)}
    rows = [row_of[photo_id] for photo_id in order if photo_id in row_of]
    if len(rows) < PARTS:
        return []
    parts = []
    for part in np.array_split(np.array(rows), PARTS):
        pixels = counts.pixels[part]
        whole, single = miou(pixels.sum(axis=0)[None])[0], np.nanmean(miou(pixels))
        figures = {"miou": round(float(whole), 2), "photo_iou": round(float(single), 2)}
        parts.append({"photos": len(part), **figures})
    return parts


@dataclass
class TagsFound:
    """How many tags are found, in the pseudo-labels and in the masks of the same photos; and how
    many of their `pixels` the pseudo-labels have `decided`.
    """

    tags: int = 0
    labels: int = 0
    masks: int = 0
    pixels: int = 0
    decided: int = 0

    def add(self, tags: Sequence[int], pseudo: np.ndarray, mask: np.ndarray) -> None:
        """Count a photo, of its label maps, both uint8 (H, W)."""
        self.tags += len(tags)
        self.labels += _count_found(tags, pseudo)
        self.masks += _count_found(tags, mask)
        self.pixels += pseudo.size
        self.decided += int((pseudo != IGNORE).sum())

    def figures(self) -> Json:
        """`tags`, and of these the shares that `labels` and `masks` have, in percent; {} without
        tags, and where the labels leave most pixels open: strokes and clicks have all tags.
        """
        if not self.tags or self.decided < DECIDED_FROM * self.pixels:
            return {}
        shares = {"labels": self.labels, "masks": self.masks}
        return {"tags": self.tags, **{k: round(100 * n / self.tags, 2) for k, n in shares.items()}}


def _count_found(tags: Sequence[int], labels: np.ndarray) -> int:
    """How many of the tags are found in a label map, uint8 (H, W)."""
    shares = shares_of(labels)
    return sum(is_found(shares.get(tag, 0.0)) for tag in tags)
