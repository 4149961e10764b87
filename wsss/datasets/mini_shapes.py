"""The shapes of the objects of `mini`: polygons in a unit square, x to the right and y down.

Parts without a colour are body, with textures that all classes share. Coloured parts show the
class.
"""

from typing import NamedTuple

import numpy as np

Points = tuple[tuple[float, float], ...]


class Part(NamedTuple):
    """A polygon and its colour (None: the shared body textures)."""

    points: Points
    colour: tuple[int, int, int] | None = None


def _ellipse(cx: float, cy: float, rx: float, ry: float, corners: int = 24) -> Points:
    """A polygon around the centre (cx, cy) with the half axes rx and ry."""
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return tuple((float(cx + rx * np.cos(a)), float(cy + ry * np.sin(a))) for a in angles)


def _box(x0: float, y0: float, x1: float, y1: float) -> Points:
    """The rectangle from (x0, y0) to (x1, y1)."""
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


BLACK, WHITE, RED, ORANGE, GREEN, BLUE, YELLOW = (
    (28, 26, 30), (238, 236, 230), (196, 40, 36), (236, 140, 30),
    (44, 150, 60), (40, 70, 190), (238, 212, 40),
)  # fmt: skip

SHAPES: dict[str, tuple[Part, ...]] = {
    "mushroom": (
        Part(((0.38, 0.5), (0.62, 0.5), (0.68, 1.0), (0.32, 1.0))),
        Part(
            (
                (0.05, 0.55),
                (0.12, 0.3),
                (0.3, 0.12),
                (0.5, 0.06),
                (0.7, 0.12),
                (0.88, 0.3),
                (0.95, 0.55),
            )
        ),
        Part(_ellipse(0.5, 0.3, 0.16, 0.13), RED),
        Part(_ellipse(0.45, 0.27, 0.045, 0.04), WHITE),
        Part(_ellipse(0.57, 0.34, 0.04, 0.035), WHITE),
    ),
    "fish": (
        Part(_ellipse(0.44, 0.5, 0.42, 0.24)),
        Part(((0.78, 0.5), (1.0, 0.24), (0.96, 0.5), (1.0, 0.76))),
        Part(((0.3, 0.3), (0.5, 0.12), (0.6, 0.32))),
        Part(
            ((0.03, 0.47), (0.1, 0.36), (0.19, 0.31), (0.19, 0.69), (0.1, 0.64), (0.03, 0.53)),
            ORANGE,
        ),
        Part(_ellipse(0.14, 0.45, 0.03, 0.035), BLACK),
    ),
    "tortoise": (
        Part(_box(0.2, 0.66, 0.32, 0.86)),
        Part(_box(0.6, 0.66, 0.72, 0.86)),
        Part(
            (
                (0.08, 0.7),
                (0.14, 0.42),
                (0.3, 0.25),
                (0.5, 0.2),
                (0.68, 0.27),
                (0.8, 0.45),
                (0.85, 0.7),
            )
        ),
        Part(_ellipse(0.9, 0.52, 0.09, 0.08), GREEN),
        Part(_ellipse(0.93, 0.5, 0.02, 0.02), BLACK),
    ),
    "cart": (
        Part(((0.02, 0.3), (0.98, 0.3), (0.88, 0.72), (0.12, 0.72))),
        Part(_box(0.1, 0.1, 0.16, 0.35)),
        Part(_ellipse(0.3, 0.78, 0.14, 0.14), BLACK),
        Part(_ellipse(0.3, 0.78, 0.06, 0.06), YELLOW),
        Part(_ellipse(0.7, 0.78, 0.14, 0.14), BLACK),
        Part(_ellipse(0.7, 0.78, 0.06, 0.06), YELLOW),
    ),
    "hut": (
        Part(_box(0.12, 0.45, 0.88, 1.0)),
        Part(((0.02, 0.47), (0.5, 0.08), (0.98, 0.47))),
        Part(_box(0.42, 0.6, 0.62, 0.82), BLUE),
        Part(_box(0.505, 0.6, 0.535, 0.82), WHITE),
        Part(_box(0.42, 0.695, 0.62, 0.725), WHITE),
    ),
    "bird": (
        Part(_ellipse(0.48, 0.55, 0.3, 0.22)),
        Part(((0.2, 0.5), (0.0, 0.34), (0.06, 0.62))),
        Part(_box(0.42, 0.74, 0.46, 0.98)),
        Part(_box(0.54, 0.74, 0.58, 0.98)),
        Part(_ellipse(0.76, 0.34, 0.13, 0.13)),
        Part(((0.86, 0.28), (1.0, 0.36), (0.86, 0.42)), YELLOW),
        Part(_ellipse(0.79, 0.31, 0.035, 0.035), WHITE),
    ),
}
"""class name -> its parts; later parts cover earlier ones"""
