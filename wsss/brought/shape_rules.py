"""The strokes, clicks and boxes of a photo as values of the index, and what is wrong with them.

A shape that cannot be right is left out, and the account names it: one of an unknown class, one of
a class that is no tag of the photo, and one outside the photo. A stroke or box that is partly
outside is cut there (docs/methods.md#annotations).
"""

from collections.abc import Sequence
from typing import Any

from wsss.brought.account import Account
from wsss.brought.shape import Shape
from wsss.data.photo import Photo

NAMES = {"scribble": "strokes", "points": "clicks", "boxes": "boxes"}
"""kind of annotation -> its shapes in words"""
BACKGROUND = ("0", "background", "bg", "__background__")
"""names of the background in files"""
DIGITS = 2
"""decimals of coordinates in the index"""
MOSTLY_BACKGROUND = (
    "PNGs with strokes that call more than half of the photo background (0); unknown pixels are 255"
)
UNKNOWN_LABEL = "labels of strokes in PNGs that are no class, which become unknown (255)"
NO_TAG = "labels of strokes in PNGs that are no tag of the photo, which become unknown (255)"


def find_label(name: str, classes: Sequence[str]) -> int | None:
    """The label id of a class by its name, or else by its number, 1 for the first; 0 for the
    background; None for an unknown class.
    """
    if name in classes:
        return list(classes).index(name) + 1
    if name.lower() in BACKGROUND:
        return 0
    number = int(name) if name.isascii() and name.isdecimal() else -1
    return number if 0 < number <= len(classes) else None


class PhotoShapes:
    """Makes the values of a kind of annotation for photos; problems go to the account."""

    def __init__(self, kind: str, classes: Sequence[str], account: Account) -> None:
        self._kind, self._classes, self._account = kind, classes, account

    def values(self, photo: Photo, size: tuple[int, int], shapes: Sequence[Shape]) -> list[Any]:
        """The values of a photo of `size` (H, W), in the order of the file."""
        values = []
        for shape in shapes:
            label = self._label(photo, shape)
            if label is not None and self._is_inside(photo, shape, size):
                values.append(self._value(label, shape, size))
        return values

    def _label(self, photo: Photo, shape: Shape) -> int | None:
        """The label id; None for a shape that is left out."""
        label = find_label(shape.label, self._classes)
        if label is None:
            self._add("of an unknown class, which are left out", shape, f"'{shape.label}'")
            return None
        if label > 0 and label not in photo.tags:
            name = self._classes[label - 1]
            what = "of a class that is no tag of the photo, which are left out"
            self._add(what, shape, f"'{name}' in {photo.id}")
            return None
        if label == 0 and self._kind == "boxes":
            self._add("of the background, which are left out", shape, photo.id)
            return None
        return label

    def _is_inside(self, photo: Photo, shape: Shape, size: tuple[int, int]) -> bool:
        """Whether some part is in the photo; a part outside is told, too."""
        across, down = zip(*shape.points)
        width, height = size[1], size[0]
        if max(across) < 0 or max(down) < 0 or min(across) > width or min(down) > height:
            outside = f"{photo.id}, {width} x {height} pixels"
            self._add("outside the photo, which are left out", shape, outside)
            return False
        if self._kind == "boxes" and (across[0] >= across[1] or down[0] >= down[1]):
            self._add("without an area, which are left out", shape, photo.id)
            return False
        if min(across) < 0 or min(down) < 0 or max(across) > width or max(down) > height:
            self._add("partly outside the photo, which are cut at its sides", shape, photo.id)
        return True

    def _value(self, label: int, shape: Shape, size: tuple[int, int]) -> list[Any]:
        """A shape as a value of the index (wsss/labels/known.py)."""
        points = [[round(x, DIGITS), round(y, DIGITS)] for x, y in shape.points]
        if self._kind == "scribble":
            return [label, points]
        if self._kind == "boxes":
            return [label, *points[0], *points[1]]
        x, y = points[0]  # a click on the last side is in the last pixel
        return [label, min(x, size[1] - 1), min(y, size[0] - 1)]

    def _add(self, what: str, shape: Shape, more: str) -> None:
        """Enter a problem into the account."""
        self._account.problems[f"{NAMES[self._kind]} {what}"].append(f"{shape.where}: {more}")


def check_png(
    photo: Photo, found: Sequence[Any], size: tuple[int, int], classes: int, account: Account
) -> str | None:
    """Why the PNG of a photo's strokes cannot be used; None if it can. What is odd goes to the
    account.

    `found` is what `read_stroke_png` says of it, `size` that of the photo (H, W).
    """
    height, width, labels, counts = found
    if (height, width) != size:
        return f"{width} x {height} pixels, and the photo {size[1]} x {size[0]}"
    for label, count in zip(labels, counts):
        where = f"{photo.id}: label {label} at {count} pixels"
        if label == 0 and count > height * width / 2:
            account.problems[MOSTLY_BACKGROUND].append(photo.id)
        elif classes < label < 255:
            account.problems[UNKNOWN_LABEL].append(where)
        elif 0 < label < 255 and label not in photo.tags:
            account.problems[NO_TAG].append(where)
    return None
