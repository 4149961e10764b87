"""What is known of a chain without a true mask: what its stages cover, how confident they are, and
whether they agree.
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
    """Of photos, each its id and what every stage made of it in the order of the chain.

    `stages`: by step the share of pixels that are `decided` (not ignored) and `foreground`, of
    maps with background the mean largest score as `confidence`, and `agreement`, the mIoU with the
    stage before over the pixels that both decided; all in percent. `photos`: by id what the last
    two stages disagree on, 100 less their mIoU; None with fewer than two. Of `tags`, label ids by
    photo, those that the stage before the last did not find count as wholly disagreed on.
    """
    tallies: dict[str, _Tally] = {}
    disagreement: dict[str, float | None] = {}
    for photo_id, made in photos:
        wanted = (tags or {}).get(photo_id, ())
        disagreement[photo_id] = _count_photo(tallies, made, len(labels), wanted)
    stages = {step: tally.figures() for step, tally in tallies.items()}
    return {"stages": stages, "photos": disagreement}


def _count_photo(
    tallies: "dict[str, _Tally]", made: Mapping[str, Artifact], labels: int, tags: Sequence[int]
) -> float | None:
    """Count what every stage made of a photo; gives what the last two disagree on, in percent."""
    before: np.ndarray | None = None
    apart: float | None = None
    for step, artifact in made.items():
        tally = tallies.setdefault(step, _Tally(labels))
        chosen = _labels_of(artifact)
        tally.count(artifact, chosen)
        apart = None if before is None else tally.compare(chosen, before, tags)
        before = chosen
    return apart


class _Tally:
    """Sums over photos of one stage."""

    def __init__(self, labels: int) -> None:
        self._labels = labels
        self._pixels = 0
        self._decided = 0
        self._foreground = 0
        self._confidence = 0.0
        self._confident_photos = 0
        self._matrix = np.zeros((labels, labels + 1), np.int64)

    def count(self, artifact: Artifact, chosen: np.ndarray) -> None:
        """Add what a photo's artifact covers, and how confident it is; `chosen` are its labels."""
        decided = chosen != IGNORE
        self._pixels += chosen.size
        self._decided += int(decided.sum())
        self._foreground += int((decided & (chosen > 0)).sum())
        if isinstance(artifact, ScoreMap) and artifact.kind == "prob":
            self._confidence += float(upsample(artifact).max(axis=0).mean())
            self._confident_photos += 1

    def compare(self, chosen: np.ndarray, before: np.ndarray, tags: Sequence[int]) -> float | None:
        """Add a photo's labels (H, W) against those of the stage before; gives what they disagree
        on in percent, None where no pixel is decided by both.
        """
        both = np.where(chosen == IGNORE, IGNORE, before)
        own = confusion(chosen, both, self._labels)
        self._matrix += own
        if not own.any():
            return None
        found = own.sum(axis=1) > 0
        missing = sum(not found[tag] for tag in tags)
        agreed = float(miou(count_pixels(own)[None])[0]) * found.sum() / (found.sum() + missing)
        return round(float(100 - agreed), 2)

    def figures(self) -> Json:
        """The stage's row; what it cannot say is None."""
        agreed = float(np.nanmean(iou(self._matrix))) if self._matrix.any() else None
        return {
            "decided": _share(self._decided, self._pixels),
            "foreground": _share(self._foreground, self._pixels),
            "confidence": _share(self._confidence, self._confident_photos),
            "agreement": None if agreed is None else round(agreed, 2),
        }


def _labels_of(artifact: Artifact) -> np.ndarray:
    return winners(artifact, upsample(artifact)) if isinstance(artifact, ScoreMap) else artifact


def _share(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 2) if whole else None
