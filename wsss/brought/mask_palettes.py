"""Finds palette masks whose values have moved: a program that saves a PNG again may number the
colours anew, so that value 1 has the colour of another class.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wsss.data.colours import class_colours
from wsss.data.images import IGNORE, read_labels, voc_palette
from wsss.data.open_image import open_image

Colours = Sequence[Sequence[int]]
"""[value, red, green, blue] of each value that occurs in a palette mask"""
CONVERT = "python stages/convert_masks.py makes masks of values or colours"
"""the way out, for messages"""


def read_used_colours(path: Path) -> list[list[int]]:
    """The colours of the values in a palette mask, as `Colours`; empty for other masks."""
    with open_image(path, "label map", "remake or replace it") as image:
        if image.mode != "P":
            return []
        table = image.getpalette() or []
    values = np.unique(read_labels(path)).tolist()
    return [[value, *table[3 * value : 3 * value + 3]] for value in values]


def find_moved(used: Colours, labels: Sequence[str]) -> list[tuple[int, int]]:
    """(value, the value whose colour it has) for each value with the colour of another one, by
    VOC's palette, which most tools write, or by the colours that this program gives to `labels`.
    """
    value_of = {tuple(colour): value for value, colour in enumerate(voc_palette().tolist())}
    own = class_colours(labels).tolist()
    for label in (*range(1, len(labels)), IGNORE):
        value_of[tuple(own[label])] = label
    moved = []
    for value, *colour in used:
        other = value_of.get(tuple(colour), value)
        if other != value:
            moved.append((value, other))
    return moved


def say_moved(moved: Sequence[tuple[int, int]]) -> str:
    """Such as "1 has the colour of 2"."""
    return ", ".join(f"{value} has the colour of {other}" for value, other in moved)
