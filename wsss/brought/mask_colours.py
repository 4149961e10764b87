"""Converts masks in colours, or with values of their own, to label maps, by a stated table.

The table is a text with a line for each class: CVAT's labelmap.txt (`cat:128,0,0::`), or a name and
a value (`cat: 255`). Without a table the colours are VOC's, in the order of the classes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wsss.brought.table_names import NOTHING
from wsss.data.colours import distinct_colours
from wsss.data.images import IGNORE, voc_palette
from wsss.data.open_image import open_image
from wsss.run.errors import UserError, nearest
from wsss.run.files import require_file

LINE = re.compile(r"(?P<name>[^:]+):\s*(?P<value>\d+(?:\s*,\s*\d+\s*,\s*\d+)?)\s*(?::.*)?")
"""a line of a table: a name, and a value or three of a colour; CVAT adds parts and actions"""
VOID = ("ignore", "void", "unlabeled", "unlabelled", "255")
"""names (lower case) of what is ignored"""
BASE = 65_536
"""more than the largest value of a mask"""
Colour = tuple[int, ...]
"""(value,) of a grey or palette mask, or (red, green, blue)"""


@dataclass(frozen=True)
class ColourTable:
    """What the colours, or the values, of masks mean."""

    labels: Mapping[Colour, int]
    """colour -> label id"""
    has_colours: bool
    """whether masks are read by their colours, also palette masks, or by their values"""


def voc_table(classes: int) -> ColourTable:
    """VOC's colours for background, the classes 1.. and 255, and this program's own for classes."""
    ids = [*range(classes + 1), IGNORE]
    palette = voc_palette().tolist()
    labels = {tuple(palette[label]): label for label in ids}
    for label, colour in enumerate(distinct_colours(classes).tolist(), start=1):
        labels[tuple(colour)] = label
    return ColourTable(labels, has_colours=True)


def read_table(path: Path, classes: Sequence[str]) -> ColourTable:
    """The table in a text file. UserError for a line that is none, or names no class."""
    try:
        lines = require_file(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"table {path} cannot be read ({error}); save it as text in UTF-8")
    labels: dict[Colour, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = LINE.fullmatch(line.strip())
        if match is None:
            raise UserError(
                f"table {path} line {number} is '{line}'; a name and a value, such as 'cat: 255', "
                "or a colour, such as 'cat:128,0,0::', is expected"
            )
        colour = tuple(int(part) for part in match["value"].split(","))
        labels[colour] = _find_label(path, match["name"], classes)
    if len({len(colour) for colour in labels}) != 1:
        raise UserError(f"table {path} has no line, or values and colours; write one kind of both")
    return ColourTable(labels, has_colours=len(next(iter(labels))) == 3)


def _find_label(path: Path, name: str, classes: Sequence[str]) -> int:
    """The label id of a name in a table."""
    name = name.strip()
    if name in classes:
        return classes.index(name) + 1
    if name.lower() in VOID:
        return IGNORE
    if name.lower() in NOTHING:
        return 0
    raise UserError(
        f"table {path} names '{name}', which is no class{nearest(name, classes)}; the classes are: "
        f"{', '.join(classes)}; 'background' and 'ignore' are possible, too"
    )


def convert_mask(path: Path, table: ColourTable) -> np.ndarray:
    """The label map, uint8 (H, W), of a mask. UserError for a colour that the table lacks."""
    with open_image(path, "mask", "replace it") as image:
        if table.has_colours:
            pixels = np.asarray(image.convert("RGB"))
        else:
            keeps = image.mode in ("P", "L") or image.mode.startswith("I")
            pixels = np.asarray(image if keeps else image.convert("L"))
    pixels = pixels.reshape(*pixels.shape[:2], -1).astype(np.int64)
    keys = pixels @ (BASE ** np.arange(pixels.shape[2])[::-1])
    labels = np.zeros(keys.shape, np.uint8)
    for key in np.unique(keys).tolist():
        colour = tuple(key // BASE**place % BASE for place in reversed(range(pixels.shape[2])))
        if colour not in table.labels:
            raise UserError(
                f"mask {path} has the colour {', '.join(map(str, colour))}, which the table lacks; "
                "add a line for it"
            )
        labels[keys == key] = table.labels[colour]
    return labels
