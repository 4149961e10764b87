"""Compares the rows of an experiment with each other: gains over a row on the same photos, and
shares of a row with full supervision.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wsss.report.row_figures import Figures
from wsss.score.bootstrap import Counts, compare_paired, miou


@dataclass(frozen=True)
class ComparedRow:
    """A row of an experiment, and the rows that it is compared with."""

    name: str
    against: str | None
    """the row that its gain is over"""
    ceiling: str | None
    """the row that its share is of"""
    seeds: Sequence[Figures]
    """its figures by seed; `add_gains` adds to them"""
    counts: Sequence[Counts]
    """its counts by seed (bootstrap.py)"""


def add_gains(rows: Sequence[ComparedRow]) -> None:
    """Add to the figures of each seed `gain` with its 95 % interval, `gain_low` and `gain_high`, in
    points of mIoU, and `share`, in percent of the ceiling.

    Seed k is compared with seed k of the other row, or with the last one where that has fewer. A
    row is not compared with one that was not run.
    """
    run = {row.name: row for row in rows if row.seeds}
    for row in rows:
        for seed, figures in enumerate(row.seeds):
            if row.against in run:
                figures.update(_gain(row.counts[seed], run[row.against], seed))
            if row.ceiling in run:
                full = run[row.ceiling].seeds
                figures["share"] = _share(figures, full[min(seed, len(full) - 1)])


def add_differences(rows: Sequence[ComparedRow], name: str) -> None:
    """Add to the figures of each seed the gain over the row called `name`, as NAME.gain with its
    interval. Nothing is added where that row was not run, and none to itself.
    """
    other = next(row for row in rows if row.name == name)
    if not other.seeds:
        return
    for row in rows:
        if row is not other:
            for seed, figures in enumerate(row.seeds):
                found = _gain(row.counts[seed], other, seed)
                figures.update({f"{name}.{key}": value for key, value in found.items()})


def add_list(rows: Sequence[ComparedRow], name: str) -> None:
    """Add to the figures of each seed those on a list of photos, whose counts the rows hold:
    NAME.miou in percent, and NAME.gain with its interval.

    A row without counts was not scored on the list. It gets no figures, and no row a gain over it.
    """
    by_name = {row.name: row for row in rows}
    for row in rows:
        other = by_name[row.against] if row.against is not None else None
        for seed, counts in enumerate(row.counts):
            found = {"miou": _miou(counts)}
            if other is not None and other.counts:
                found |= _gain(counts, other, seed)
            row.seeds[seed].update({f"{name}.{key}": value for key, value in found.items()})


def _gain(counts: Counts, other: ComparedRow, seed: int) -> Figures:
    """The gain of a seed over the same seed of another row, in points of mIoU."""
    gain = compare_paired(other.counts[min(seed, len(other.counts) - 1)], counts)
    low, high = gain.interval
    return {"gain": gain.difference, "gain_low": low, "gain_high": high}


def _miou(counts: Counts) -> float | None:
    """The mIoU in percent; None without true pixels."""
    pixels = counts.pixels.sum(axis=0)
    return round(float(miou(pixels[None])[0]), 3) if pixels[1].any() else None


def _share(figures: Figures, ceiling: Figures) -> float | None:
    """The mIoU in percent of the ceiling's; None where one of them is not known or 0."""
    own, most = figures["miou"], ceiling["miou"]
    return 100 * own / most if own is not None and most else None
