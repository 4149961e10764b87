"""The uncertainty of a mIoU, and of a difference of two, by photos drawn with replacement
(bootstrap).
"""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wsss.run.errors import UserError
from wsss.run.files import atomic

RESAMPLES = 2000
SEED = 0
AT_A_TIME = 50


@dataclass(frozen=True)
class Counts:
    """Of each photo (n) and label (L) the pixels hit, true and given: int64 (n, 3, L).

    All that a mIoU needs.
    """

    ids: tuple[str, ...]
    pixels: np.ndarray

    @classmethod
    def of(cls, rows: dict[str, np.ndarray], labels: int) -> "Counts":
        """From each photo's `count_pixels` pixels, by id."""
        return cls(
            tuple(rows),
            np.stack(list(rows.values())) if rows else np.zeros((0, 3, labels), np.int64),
        )

    def save(self, path: str | Path) -> None:
        """Write PATH (npz), whole or not at all."""
        with atomic(path) as temporary, open(temporary, "wb") as file:
            np.savez_compressed(file, ids=np.array(self.ids, dtype=np.str_), pixels=self.pixels)

    @classmethod
    def load(cls, path: str | Path) -> "Counts":
        """What `save` wrote, or a UserError that names the file."""
        try:
            with np.load(path, allow_pickle=False) as data:
                return cls(tuple(map(str, data["ids"])), data["pixels"])
        except FileNotFoundError:
            raise UserError(
                f"counts {path} are missing; name scores under work/.../scores/, which have them "
                "beside"
            )
        except (
            OSError,
            ValueError,
            KeyError,
            EOFError,
            RuntimeError,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise UserError(
                f"counts {path} cannot be read ({error}); delete the file and score again"
            )


@dataclass(frozen=True)
class PairedDifference:
    """Two mIoU in percent, second minus first in points, and its 95 % interval."""

    first: float
    second: float
    difference: float
    interval: tuple[float, float]

    @property
    def verdict(self) -> str:
        """Which one is better, where the interval leaves no doubt."""
        low, high = self.interval
        if low > 0:
            return "the second is better"
        return "the first is better" if high < 0 else "a tie"


def count_pixels(matrix: np.ndarray) -> np.ndarray:
    """Pixels hit, true and given (3, L) of a photo's confusion matrix (L, L + 1)."""
    return np.stack([np.diag(matrix[:, :-1]), matrix.sum(axis=1), matrix[:, :-1].sum(axis=0)])


def interval(counts: Counts) -> tuple[float, float] | None:
    """The 95 % interval of the mIoU in percent over resampled photos; None without true pixels.

    A class that a draw has no pixel of is left out of that draw's mean, as it is of every mIoU.
    """
    if not counts.pixels[:, 1].any():
        return None
    draws = np.concatenate([miou(sums) for sums in _resample(counts)])
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return round(float(low), 3), round(float(high), 3)


def compare_paired(first: Counts, second: Counts) -> PairedDifference:
    """The difference of two mIoU over the same resampled photos."""
    if first.ids != second.ids or first.pixels.shape != second.pixels.shape:
        raise UserError(
            "the two scores are of other photos or classes; score the same split of the same "
            "dataset"
        )
    if not first.pixels[:, 1].any():
        raise UserError(
            "these scores have no photos with true pixels, so there is nothing to compare them by"
        )
    both = [miou(b) - miou(a) for a, b in zip(_resample(first), _resample(second))]
    low, high = np.nanpercentile(np.concatenate(both), [2.5, 97.5])
    whole = [float(miou(c.pixels.sum(axis=0)[None])[0]) for c in (first, second)]
    return PairedDifference(
        first=round(whole[0], 3),
        second=round(whole[1], 3),
        difference=round(whole[1] - whole[0], 3),
        interval=(round(float(low), 3), round(float(high), 3)),
    )


def miou(sums: np.ndarray) -> np.ndarray:
    """mIoU in percent (B,) of pixels hit, true and given (B, 3, L), over the labels that have true
    pixels.
    """
    hits, true, given = sums[:, 0], sums[:, 1], sums[:, 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.where(true > 0, 100 * hits / (true + given - hits), 0)
        return np.asarray(values.sum(axis=1) / (true > 0).sum(axis=1))


def _resample(counts: Counts) -> Iterator[np.ndarray]:
    """Sums (B, 3, L) over resampled photos; the same draws for every result of equally many
    photos.
    """
    n, rng = len(counts.pixels), np.random.default_rng(SEED)
    flat = counts.pixels.reshape(n, -1).astype(np.float64)
    for _ in range(RESAMPLES // AT_A_TIME):
        times = rng.multinomial(n, np.full(n, 1 / n), size=AT_A_TIME)
        yield (times @ flat).reshape(AT_A_TIME, *counts.pixels.shape[1:])
