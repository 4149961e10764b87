"""The bootstrap over photos: the uncertainty of a mIoU, and of the difference of two.

A resample takes as many photos as there are, at random and with replacement.
"""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.files import atomic, require_file

RESAMPLES = 2000
SEED = 0
AT_A_TIME = 50
"""resamples that are summed in one product"""


@dataclass(frozen=True)
class Counts:
    """The counts of each photo that a mIoU needs, for n photos and L labels.

    Of each label, in this order, the pixels that are *hit* (true and given), *true* (by the mask)
    and *given* (by what is scored).
    """

    ids: tuple[str, ...]
    """of the photos"""
    pixels: np.ndarray
    """int64 (n, 3, L)"""

    @classmethod
    def of(cls, rows: dict[str, np.ndarray], labels: int) -> "Counts":
        """From photo id -> its `count_pixels`, for a number of `labels`."""
        no_photo = np.zeros((0, 3, labels), np.int64)
        return cls(tuple(rows), np.stack(list(rows.values())) if rows else no_photo)

    def _check(self) -> None:
        """ValueError for numbers that are no counts of these photos."""
        shape, kind = self.pixels.shape, self.pixels.dtype.kind
        if len(set(self.ids)) < len(self.ids):
            raise ValueError("a photo is in it twice")
        if len(shape) != 3 or shape[:2] != (len(self.ids), 3) or kind not in "iu":
            raise ValueError(f"pixels is {self.pixels.dtype} {shape} for {len(self.ids)} photos")
        if (self.pixels < 0).any() or (self.pixels[:, :1] > self.pixels[:, 1:]).any():
            raise ValueError("a count is below 0, or pixels are hit that are not there")

    def save(self, path: str | Path) -> None:
        """Write a file (npz) atomically."""
        with atomic(path) as temporary, open(temporary, "wb") as file:
            np.savez_compressed(file, ids=np.array(self.ids, dtype=np.str_), pixels=self.pixels)

    @classmethod
    def load(cls, path: str | Path) -> "Counts":
        """Read a file that `save` wrote; a UserError names one that is missing or damaged."""
        try:
            with np.load(require_file(path), allow_pickle=False) as data:
                found = cls(tuple(map(str, data["ids"])), data["pixels"])
            found._check()
            return found
        except FileNotFoundError:
            raise UserError(
                f"counts {path} are missing; name scores under work/.../scores/, which have their "
                "counts beside them"
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
            raise UserError(f"counts {path} cannot be read ({error}); {way_out(path)}")


@dataclass(frozen=True)
class PairedDifference:
    """The difference of two mIoU on the same photos."""

    first: float
    """mIoU in percent"""
    second: float
    """mIoU in percent"""
    difference: float
    """second - first, in points"""
    interval: tuple[float, float]
    """95 % bootstrap interval of the difference"""

    @property
    def verdict(self) -> str:
        """Which of the two is better; a tie where the interval holds 0."""
        low, high = self.interval
        if low > 0:
            return "the second is better"
        return "the first is better" if high < 0 else "a tie"


def count_pixels(matrix: np.ndarray) -> np.ndarray:
    """The pixels hit, true and given, int64 (3, L), of a photo's confusion matrix (L, L + 1)."""
    return np.stack([np.diag(matrix[:, :-1]), matrix.sum(axis=1), matrix[:, :-1].sum(axis=0)])


def interval(counts: Counts) -> tuple[float, float] | None:
    """The 95 % bootstrap interval of the mIoU, in percent; None without true pixels.

    A class without true pixels in a resample is left out of the mean there, as in every mIoU.
    """
    if not counts.pixels[:, 1].any():
        return None
    resampled = np.concatenate([miou(sums) for sums in _resample(counts)])
    low, high = np.nanpercentile(resampled, [2.5, 97.5])
    return round(float(low), 3), round(float(high), 3)


def compare_paired(first: Counts, second: Counts) -> PairedDifference:
    """The difference of two mIoU, and its interval over the same resamples for both.

    A UserError says where the two are not of the same photos and classes, or have no true pixels.
    """
    if first.ids != second.ids or first.pixels.shape != second.pixels.shape:
        raise UserError(
            "the two scores are of other photos or classes; score the same split of the same "
            "dataset"
        )
    if not first.pixels[:, 1].any():
        raise UserError(
            "these scores have no photos with true pixels, so there is nothing to compare them by"
        )
    resampled = [miou(b) - miou(a) for a, b in zip(_resample(first), _resample(second))]
    low, high = np.nanpercentile(np.concatenate(resampled), [2.5, 97.5])
    of_first, of_second = (float(miou(c.pixels.sum(axis=0)[None])[0]) for c in (first, second))
    return PairedDifference(
        first=round(of_first, 3),
        second=round(of_second, 3),
        difference=round(of_second - of_first, 3),
        interval=(round(float(low), 3), round(float(high), 3)),
    )


def miou(sums: np.ndarray) -> np.ndarray:
    """The mIoU in percent, (B,), of B sums of pixels hit, true and given, (B, 3, L): the mean over
    the labels with true pixels; NaN without any.
    """
    hits, true, given = sums[:, 0], sums[:, 1], sums[:, 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.where(true > 0, 100 * hits / (true + given - hits), 0)
        return np.asarray(values.sum(axis=1) / (true > 0).sum(axis=1))


def _resample(counts: Counts) -> Iterator[np.ndarray]:
    """The sums (B, 3, L) of B resamples at a time. The resamples depend on the number of photos
    alone, so two results on the same photos share them.
    """
    n, rng = len(counts.pixels), np.random.default_rng(SEED)
    flat = counts.pixels.reshape(n, -1).astype(np.float64)
    for _ in range(RESAMPLES // AT_A_TIME):
        times = rng.multinomial(n, np.full(n, 1 / n), size=AT_A_TIME)
        yield (times @ flat).reshape(AT_A_TIME, *counts.pixels.shape[1:])
