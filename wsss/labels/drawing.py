"""Draws strokes and clicks into a label map (docs/methods.md#annotations)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from wsss.data.images import IGNORE

Line = tuple[int, Sequence[Sequence[float]]]
"""a label id, and the points [x, y] of a polyline in pixels; one point is a dot"""


def draw_lines(
    lines: Sequence[Line], size: tuple[int, int], width: float
) -> tuple[np.ndarray, int]:
    """Polylines as labels, uint8 `size` (H, W), IGNORE elsewhere, and the number of pixels at which
    lines of different labels cross; these are IGNORE too.

    A point stands for the pixel that it is in. A pixel is on a line if its centre is at most half a
    `width` away from it, so a dot of width 2 r + 1 is a disc. What is outside is cut off.
    """
    drawn = np.full(size, IGNORE, np.uint8)
    crossed = np.zeros(size, bool)
    for label in sorted({label for label, _ in lines}):
        covered = np.zeros(size, bool)
        for other, points in lines:
            if other == label:
                _draw(covered, np.floor(np.asarray(points, np.float64)), width / 2)
        crossed |= covered & (drawn != IGNORE)
        drawn[covered] = label
    drawn[crossed] = IGNORE
    return drawn, int(crossed.sum())


def _draw(covered: np.ndarray, points: np.ndarray, reach: float) -> None:
    """Set the pixels of `covered`, bool (H, W), that are at most `reach` from a polyline (n, 2)."""
    if len(points) == 1:
        points = np.repeat(points, 2, axis=0)
    for start, end in pairwise(points):
        _draw_segment(covered, start, end, reach)


def _draw_segment(covered: np.ndarray, start: np.ndarray, end: np.ndarray, reach: float) -> None:
    """Set the pixels that are at most `reach` from a straight line between two pixels (x, y)."""
    columns = _span(start[0], end[0], reach, covered.shape[1])
    rows = _span(start[1], end[1], reach, covered.shape[0])
    x, y = np.meshgrid(columns, rows)
    if x.size == 0:
        return
    step = end - start
    along = (x - start[0]) * step[0] + (y - start[1]) * step[1]
    share = np.clip(along / max(step @ step, 1), 0, 1)
    aside = (x - start[0] - share * step[0]) ** 2 + (y - start[1] - share * step[1]) ** 2
    covered[y, x] |= aside <= reach**2 + 1e-9


def _span(first: float, last: float, reach: float, length: int) -> np.ndarray:
    """The pixels 0 .. length - 1 that are at most `reach` from the range between two numbers."""
    low, high = min(first, last) - reach, max(first, last) + reach
    return np.arange(max(0, int(np.ceil(low))), min(length - 1, int(np.floor(high))) + 1)
