"""Figures of a chain that need no true mask: how many pixels its steps label, how confident they
are, and whether consecutive steps agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from wsss.data.artifacts import Artifact
from wsss.data.backgrounds import upsample
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.score.bootstrap import count_pixels, miou
from wsss.score.confusion import confusion, iou
from wsss.score.split import winners

Json = dict[str, Any]


def agreement(
    photos: Iterable[tuple[str, Mapping[str, Artifact]]],
    labels: tuple[str, ...],
    tags: Mapping[str, Sequence[int]] | None = None,
) -> Json:
    """The figures of a chain's steps, in percent, and of its photos.

    `photos` gives each photo's id and its artifact at every step, in the order of the chain.
    `labels` are the names of all labels, background first. The result has two entries.

    `stages`: step -> `decided`, the share of pixels that are not ignored; `foreground`;
    `confidence`, the mean largest score of maps with background; `agreement`, the mIoU of the
    step's labels against those of the step before, over the pixels that both label.

    `photos`: id -> disagreement of the last two steps: 100 - their mIoU. `tags` (id -> label ids)
    raise it: a tag that is missing from the labels of the last step but one counts as a label of
    IoU 0. Else two steps that both lose an object would agree.

    A figure that cannot be known is None, such as the agreement of the first step.
    """
    tallies: dict[str, _Tally] = {}
    disagreement: dict[str, float | None] = {}
    for photo_id, artifacts in photos:
        own_tags = (tags or {}).get(photo_id, ())
        disagreement[photo_id] = _count_photo(tallies, artifacts, len(labels), own_tags)
    figures = {step: tally.figures() for step, tally in tallies.items()}
    return {"stages": figures, "photos": disagreement}


def _count_photo(
    tallies: "dict[str, _Tally]",
    artifacts: Mapping[str, Artifact],
    labels: int,
    tags: Sequence[int],
) -> float | None:
    """Add a photo's artifacts (by step) to the tallies; returns the disagreement of the last two
    steps in percent.
    """
    before: np.ndarray | None = None
    disagreement: float | None = None
    for step, artifact in artifacts.items():
        tally = tallies.setdefault(step, _Tally(labels))
        own = _labels_of(artifact)
        tally.count(artifact, own)
        disagreement = None if before is None else tally.compare(own, before, tags)
        before = own
    return disagreement


class _Tally:
    """Sums over photos for one step."""

    def __init__(self, labels: int) -> None:
        self._labels = labels
        self._pixels = 0
        self._decided = 0
        self._foreground = 0
        self._confidence = 0.0
        self._confident_photos = 0
        self._matrix = np.zeros((labels, labels + 1), np.int64)

    def count(self, artifact: Artifact, own: np.ndarray) -> None:
        """Add a photo's artifact and its labels `own`, uint8 (H, W): their cover and confidence."""
        decided = own != IGNORE
        self._pixels += own.size
        self._decided += int(decided.sum())
        self._foreground += int((decided & (own > 0)).sum())
        if isinstance(artifact, ScoreMap) and artifact.kind == "prob":
            self._confidence += float(upsample(artifact).max(axis=0).mean())
            self._confident_photos += 1

    def compare(self, own: np.ndarray, before: np.ndarray, tags: Sequence[int]) -> float | None:
        """Add a photo's labels (H, W) against those of the step `before`; returns their
        disagreement in percent, None where no pixel is labelled in both.
        """
        reference = np.where(own == IGNORE, IGNORE, before)
        matrix = confusion(own, reference, self._labels)
        self._matrix += matrix
        if not matrix.any():
            return None
        return round(100 - agree_with_tags(matrix, tags), 2)

    def figures(self) -> Json:
        """The step's figures (see `agreement`)."""
        agreed = float(np.nanmean(iou(self._matrix))) if self._matrix.any() else None
        return {
            "decided": _share(self._decided, self._pixels),
            "foreground": _share(self._foreground, self._pixels),
            "confidence": _share(self._confidence, self._confident_photos),
            "agreement": None if agreed is None else round(agreed, 2),
        }


def agree_with_tags(matrix: np.ndarray, tags: Sequence[int]) -> float:
    """The mIoU in percent of a photo's confusion matrix (L, L + 1), which is not empty. A tag that
    has no pixel in its rows counts as a label of IoU 0.
    """
    found = matrix.sum(axis=1) > 0
    missing = sum(not found[tag] for tag in tags)
    over_found = float(miou(count_pixels(matrix)[None])[0])
    return float(over_found * found.sum() / (found.sum() + missing))


def _labels_of(artifact: Artifact) -> np.ndarray:
    """The label ids (H, W) of an artifact; of a score map, those that win."""
    return winners(artifact, upsample(artifact)) if isinstance(artifact, ScoreMap) else artifact


def _share(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 2) if whole else None
