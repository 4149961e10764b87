"""The score of some photos of a split that was scored before, from the counts of its photos
(docs/methods.md#miou). No photo is read or predicted again.

The figures are those of wsss.score.confusion. They are computed here once more because trainings
that watch their supervision import that module, and a change of it would run them again.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from wsss.run.errors import UserError, nearest
from wsss.score.bootstrap import Counts, interval

Json = dict[str, Any]


def select_photos(counts: Counts, ids: Sequence[str], source: str) -> Counts:
    """The counts of the photos `ids`, in the order of `counts`.

    So the order of a list has no effect, not even on the resamples of the interval. `source` is
    the file of the ids. A UserError names it, and the first id that is repeated or has no counts.
    """
    if not ids:
        raise UserError(f"list {source} has no photo; write one id on each line")
    known, chosen = set(counts.ids), set()
    for photo in ids:
        if photo in chosen:
            raise UserError(f"list {source} has photo '{photo}' twice; take one of them out")
        if photo not in known:
            raise UserError(
                f"list {source} has photo '{photo}', which is not among the {len(known)} scored "
                f"photos{nearest(photo, known)}; take it out"
            )
        chosen.add(photo)
    rows = [row for row, photo in enumerate(counts.ids) if photo in chosen]
    return Counts(tuple(counts.ids[row] for row in rows), counts.pixels[rows])


def score_counts(counts: Counts, labels: tuple[str, ...]) -> Json:
    """The figures of `summarise` over all photos of `counts`, and the 95 % bootstrap interval."""
    return {**summarise(counts.pixels.sum(axis=0), labels), "interval": interval(counts)}


def summarise(pixels: np.ndarray, labels: tuple[str, ...]) -> Json:
    """The figures of wsss.score.confusion.summary from the pixels hit, true and given, int64
    (3, L), in percent; None without true pixels.
    """
    hits, true, given = pixels
    present = true > 0
    ious = 100 * hits[present] / (true + given - hits)[present]
    weighted = (ious * true[present]).sum() / max(1, true.sum())
    per_class: dict[str, float | None] = dict.fromkeys(labels)
    for label, value in zip(np.flatnonzero(present), ious):
        per_class[labels[label]] = round(float(value), 3)
    return {
        "miou": _mean(ious),
        "per_class": per_class,
        "precision": _mean(100 * hits[present] / np.maximum(given[present], 1)),
        "recall": _mean(100 * hits[present] / true[present]),
        "frequency_weighted_iou": round(float(weighted), 3) if present.any() else None,
        "coverage": round(100 * float(given.sum() / max(1, true.sum())), 3),
        "without_truth": [labels[label] for label in np.flatnonzero(~present)],
        "foreground": measure_foreground(pixels),
        "shares": measure_shares(pixels, labels),
    }


def measure_foreground(pixels: np.ndarray) -> dict[str, float | None]:
    """The figures of wsss.score.shares.measure_foreground from the pixels hit, true and given,
    int64 (3, L), in percent.

    Where every pixel has a prediction, the foreground that is found is all pixels but those that
    are truly background or given to it. Where some have none, the counts do not say which, and all
    figures but `right_class` are None.
    """
    hits, true, given = pixels
    whole = true.sum()
    found = whole - true[0] - given[0] + hits[0]
    complete = given.sum() == whole
    return {
        "recall": _percent(found, true[1:].sum()) if complete else None,
        "precision": _percent(found, given[1:].sum()) if complete else None,
        "right_class": _percent(hits[1:].sum(), true[1:].sum()),
        "background_bias": _percent(given[0] - true[0], whole) if complete else None,
    }


def measure_shares(pixels: np.ndarray, labels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Label -> its share of the pixels in percent: `true` and `given`, from the pixels hit, true
    and given, int64 (3, L).
    """
    _, true, given = 100 * pixels / max(1, pixels[1].sum())
    found = {}
    for name, of_truth, of_given in zip(labels, true, given):
        found[name] = {"true": round(float(of_truth), 3), "given": round(float(of_given), 3)}
    return found


def _mean(values: np.ndarray) -> float | None:
    """The mean to three digits; None of no values."""
    return round(float(values.mean()), 3) if len(values) else None


def _percent(part: int, whole: int) -> float | None:
    """100 * part / whole to three digits; None where the whole is 0."""
    return round(100 * float(part) / float(whole), 3) if whole else None
