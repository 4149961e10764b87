"""What can be said of a chain without a true mask: what its stages cover, how sure they are, and
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
        before, apart = None, None
        for step, artifact in made.items():
            tally = tallies.setdefault(step, _Tally(len(labels)))
            chosen, apart = tally.add(artifact, before, (tags or {}).get(photo_id, ()))
            before = chosen
        disagreement[photo_id] = apart
    return {
        "stages": {step: tally.figures() for step, tally in tallies.items()},
        "photos": disagreement,
    }


class _Tally:
    """Sums over photos of one stage."""

    def __init__(self, labels: int) -> None:
        self._labels = labels
        self._pixels = self._decided = self._foreground = self._confident_photos = 0
        self._confidence = 0.0
        self._matrix = np.zeros((labels, labels + 1), np.int64)

    def add(
        self, artifact: Artifact, before: np.ndarray | None, tags: Sequence[int]
    ) -> tuple[np.ndarray, float | None]:
        """Count a photo; gives its labels (H, W), and what they disagree on with those of the stage
        before, in percent.
        """
        chosen = _labels_of(artifact)
        self._pixels += chosen.size
        self._decided += int((chosen != IGNORE).sum())
        self._foreground += int(((chosen != IGNORE) & (chosen > 0)).sum())
        if isinstance(artifact, ScoreMap) and artifact.kind == "prob":
            self._confidence, self._confident_photos = (
                self._confidence + float(artifact.scores.max(axis=0).mean()),
                self._confident_photos + 1,
            )
        if before is None:
            return chosen, None
        both = np.where(chosen == IGNORE, IGNORE, before)
        own = confusion(chosen, both, self._labels)
        self._matrix += own
        if not own.any():
            return chosen, None
        found = own.sum(axis=1) > 0
        missing = sum(not found[tag] for tag in tags)
        agreed = float(miou(count_pixels(own)[None])[0]) * found.sum() / (found.sum() + missing)
        return chosen, round(float(100 - agreed), 2)

    def figures(self) -> Json:
        """The stage's row; what it cannot say is None."""
        return {
            "decided": _share(self._decided, self._pixels),
            "foreground": _share(self._foreground, self._pixels),
            "confidence": _share(self._confidence, self._confident_photos),
            "agreement": round(float(np.nanmean(iou(self._matrix))), 2)
            if self._matrix.any()
            else None,
        }


def _labels_of(artifact: Artifact) -> np.ndarray:
    return winners(artifact, upsample(artifact)) if isinstance(artifact, ScoreMap) else artifact


def _share(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 2) if whole else None


def agreement_table(result: Json) -> str:
    """Text: a row a stage, for people; photos that the last two stages disagree on most, by
    name.
    """
    width = max([11, *map(len, result["stages"])])
    lines = [
        f"{'stage':<{width}}  decided  foreground  confidence  agrees with the stage before  (% of "
        "pixels; mIoU)"
    ]
    for step, row in result["stages"].items():
        lines.append(
            f"{step:<{width}}  {_cell(row['decided'], 7)}  {_cell(row['foreground'], 10)}  "
            f"{_cell(row['confidence'], 10)}  {_cell(row['agreement'], 28)}".rstrip()
        )
    apart = sorted(((v, k) for k, v in result["photos"].items() if v is not None), reverse=True)[
        :10
    ]
    if apart:
        lines += ["", "photos to look at first: those on which the last two stages differ most"]
        lines += [f"{value:6.1f}  {photo}" for value, photo in apart]
    return "\n".join(lines) + "\n"


def _cell(value: float | None, width: int) -> str:
    return " " * width if value is None else f"{value:{width}.1f}"
