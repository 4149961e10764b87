"""The score of some photos of a split that was scored before, from the counts of its photos
(docs/methods.md#miou). No photo is read or predicted again.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from wsss.run.errors import UserError, nearest
from wsss.score.bootstrap import Counts, interval
from wsss.score.confusion import figures_of_pixels
from wsss.score.shares import foreground_of_pixels

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
    """The figures of a score from the pixels hit, true and given, int64 (3, L), in percent; None
    without true pixels.
    """
    return figures_of_pixels(pixels, labels, foreground_of_pixels(pixels))
