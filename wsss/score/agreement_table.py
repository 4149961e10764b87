"""The agreement of a chain's steps as text for people."""

from collections.abc import Mapping
from typing import Any

MOST_PHOTOS = 10
"""largest number of photos that are listed"""
COLUMNS = {
    "decided": "labelled",
    "foreground": "foreground",
    "confidence": "confidence",
    "agreement": "agrees with the step before",
}
"""figure of a step -> its heading, which sets the width of the column"""


def agreement_table(result: Mapping[str, Any]) -> str:
    """The result of `agreement` as text: a row a step, then the photos on which the last two steps
    disagree most.
    """
    width = max([11, *map(len, result["stages"])])
    headings = "  ".join(COLUMNS.values())
    lines = [f"{'step':<{width}}  {headings}  (% of pixels; mIoU)"]
    for step, figures in result["stages"].items():
        cells = [_cell(figures[key], len(heading)) for key, heading in COLUMNS.items()]
        lines.append(f"{step:<{width}}  {'  '.join(cells)}".rstrip())
    most = _largest_disagreements(result["photos"])
    if most:
        lines += ["", "photos to look at first: those on which the last two steps differ most"]
        lines += [f"{value:6.1f}  {photo}" for value, photo in most]
    return "\n".join(lines) + "\n"


def _largest_disagreements(photos: Mapping[str, float | None]) -> list[tuple[float, str]]:
    """Disagreement and id of the photos with the largest disagreements, the largest first."""
    known = [(value, photo) for photo, value in photos.items() if value is not None]
    return sorted(known, reverse=True)[:MOST_PHOTOS]


def _cell(value: float | None, width: int) -> str:
    """A figure, flush right; blank where it is not known."""
    return " " * width if value is None else f"{value:{width}.1f}"
