"""Reads tags that are vectors: a 1 or a 0 for each class, such as [0, 1, 1] in one cell, or in the
cells of a line without a header.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from wsss.run.errors import UserError

AS_VECTORS = "a 1 or a 0 for each of the named classes, in their order"
"""how such a table was understood, for messages"""
WORDS = {"0": False, "1": True, "false": False, "true": True}
"""the numbers of a vector, without a point and zeros behind it"""


def read_vectors(
    path: Path, places: Sequence[str], cells: Sequence[str], classes: Sequence[str] | None
) -> list[tuple[str, ...]] | None:
    """The tags of each line, if all `cells` that are filled, one for each line, are vectors of one
    length, at least two; else None. `places` name the lines, for messages.

    UserError without as many `classes`, which are the names of the numbers in their order.
    """
    vectors = [_read_vector(cell) if cell else () for cell in cells]
    lengths = {len(vector) if vector is not None else 0 for vector in vectors if vector != ()}
    if len(lengths) != 1 or min(lengths) < 2:
        return None
    (length,) = lengths
    if classes is None or len(classes) != length:
        first = next(number for number, vector in enumerate(vectors) if vector)
        named = "" if classes is None else f" ({len(classes)} are named)"
        raise UserError(
            f"table {path}: {places[first]} has {length} numbers, 1 or 0 for each class; name "
            f"the classes in their order{named}: --classes '[cat, dog, ...]'; or write a header "
            "with a column for each class"
        )
    return [tuple(name for name, has in zip(classes, vector or ()) if has) for vector in vectors]


def _read_vector(cell: str) -> tuple[bool, ...] | None:
    """The numbers of a cell, with or without brackets, between commas or blanks; None for a cell
    with anything else.
    """
    words = re.split(r"[\s,;]+", cell.strip("[]() ").lower())
    found = [WORDS.get(re.sub(r"\.0*$", "", word)) for word in words]
    return None if None in found else tuple(value is True for value in found)
