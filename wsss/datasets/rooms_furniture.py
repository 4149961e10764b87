"""The furniture of the drawn dataset `rooms`: blocks in metres, from the middle of the floor below.

Blocks without a colour are body, with textures that all classes and the crates share. Coloured
blocks show the class.
"""

from itertools import product
from typing import NamedTuple

Triple = tuple[float, float, float]


class Part(NamedTuple):
    """An upright block of a piece of furniture: its middle and sizes along x, y and z (up)."""

    middle: Triple
    size: Triple
    colour: Triple | None = None
    """RGB; None is the body's texture"""


RED, GREEN, BLUE, WHITE, YELLOW, ORANGE = (
    (190, 44, 40), (48, 140, 66), (44, 76, 176), (230, 228, 222), (236, 210, 70), (226, 130, 40),
)  # fmt: skip


def _legs(width: float, depth: float, height: float, side: float = 0.05) -> tuple[Part, ...]:
    """Four legs at the corners of a plate."""
    legs = []
    for across, along in product((-1, 1), (-1, 1)):
        x, y = across * (width - side) / 2, along * (depth - side) / 2
        legs.append(Part((x, y, height / 2), (side, side, height)))
    return tuple(legs)


FURNITURE: dict[str, tuple[Part, ...]] = {
    "chair": (
        Part((0, 0, 0.45), (0.46, 0.46, 0.06)),
        Part((0, -0.2, 0.72), (0.46, 0.06, 0.5), RED),
        *_legs(0.46, 0.46, 0.44),
    ),
    "table": (
        Part((0, 0, 0.73), (1.2, 0.75, 0.05)),
        Part((0, 0, 0.765), (0.5, 0.75, 0.02), BLUE),
        *_legs(1.2, 0.75, 0.71, 0.07),
    ),
    "bed": (
        Part((0, 0, 0.25), (1.0, 1.9, 0.4)),
        Part((0, -0.93, 0.5), (1.0, 0.06, 0.8)),
        Part((0, -0.65, 0.5), (0.7, 0.4, 0.12), WHITE),
    ),
    "shelf": (
        Part((0, 0, 0.9), (0.9, 0.35, 1.8)),
        Part((0, 0.05, 0.5), (0.8, 0.28, 0.25), ORANGE),
        Part((0, 0.05, 1.0), (0.8, 0.28, 0.25), ORANGE),
        Part((0, 0.05, 1.5), (0.8, 0.28, 0.25), ORANGE),
    ),
    "sofa": (
        Part((0, 0, 0.22), (1.6, 0.8, 0.44)),
        Part((0, -0.33, 0.62), (1.6, 0.14, 0.4)),
        Part((-0.73, 0, 0.54), (0.14, 0.8, 0.22)),
        Part((0.73, 0, 0.54), (0.14, 0.8, 0.22)),
        Part((-0.3, -0.2, 0.58), (0.42, 0.14, 0.3), GREEN),
    ),
    "lamp": (
        Part((0, 0, 0.03), (0.32, 0.32, 0.06)),
        Part((0, 0, 0.75), (0.05, 0.05, 1.4)),
        Part((0, 0, 1.5), (0.38, 0.38, 0.3), YELLOW),
    ),
}
"""class name -> its parts"""
CLASSES = tuple(FURNITURE)
CRATE = (Part((0, 0, 0.25), (0.5, 0.4, 0.5)),)
"""background with the textures of furniture"""
