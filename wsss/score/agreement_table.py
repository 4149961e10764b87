"""The agreement of a chain's stages as text for people."""

from collections.abc import Mapping
from typing import Any

MOST_PHOTOS = 10
"""how many photos are named"""


def agreement_table(result: Mapping[str, Any]) -> str:
    """What `agreement` gives as text: a row a stage, then the photos that the last two stages
    disagree on most, by name.
    """
    width = max([11, *map(len, result["stages"])])
    lines = [
        f"{'stage':<{width}}  decided  foreground  confidence  agrees with the stage before  (% of "
        "pixels; mIoU)"
    ]
    for step, row in result["stages"].items():
        lines.append(f"{step:<{width}}  {_row(row)}".rstrip())
    apart = _most_apart(result["photos"])
    if apart:
        lines += ["", "photos to look at first: those on which the last two stages differ most"]
        lines += [f"{value:6.1f}  {photo}" for value, photo in apart]
    return "\n".join(lines) + "\n"


def _most_apart(photos: Mapping[str, float | None]) -> list[tuple[float, str]]:
    """The photos with the largest disagreements, the largest first."""
    known = [(value, photo) for photo, value in photos.items() if value is not None]
    return sorted(known, reverse=True)[:MOST_PHOTOS]


def _row(row: Mapping[str, float | None]) -> str:
    cells = (
        _cell(row["decided"], 7),
        _cell(row["foreground"], 10),
        _cell(row["confidence"], 10),
        _cell(row["agreement"], 28),
    )
    return "  ".join(cells)


def _cell(value: float | None, width: int) -> str:
    return " " * width if value is None else f"{value:{width}.1f}"
