"""What a labeller by annotations gets of a photo, and the labels that it gives back.

An annotation of the index is the path of a file, or values (docs/methods.md#annotations):

- `scribble`: strokes [label id, [[x, y], ...]];
- `points`: clicks [label id, x, y];
- `boxes`: boxes [label id, left, top, right, bottom].

Coordinates are in pixels from the upper left corner of the photo.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from wsss.data.images import IGNORE
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.data.photo import Photo


@dataclass(frozen=True)
class Known:
    """A photo and what is known of it."""

    index: Index
    photo: Photo
    pixels: np.ndarray
    """uint8 (H, W, 3)"""
    rest: LabelFolder | None = None
    """labels of an earlier step, for photos without annotations"""

    @property
    def size(self) -> tuple[int, int]:
        """(H, W)"""
        return self.pixels.shape[0], self.pixels.shape[1]

    def values(self, kind: str) -> list[Any]:
        """The values of a kind of annotation; [] for none, and for a file."""
        found = self.photo.annotations.get(kind)
        return found if isinstance(found, list) else []


class Annotated(NamedTuple):
    """The labels of a photo."""

    labels: np.ndarray
    """uint8 (H, W), IGNORE where nothing is known"""
    source: str | None
    """the kind of annotation that they are made from; None for a photo without any"""
    contradicted: int = 0
    """pixels that are IGNORE because annotations contradict each other there"""
    boxes: Sequence[Sequence[int]] = ()
    """[label, left, top, right, bottom] of each box, the largest first, where they are kept"""


def without_annotation(known: Known) -> Annotated:
    """The labels of a photo without annotation: IGNORE. They are background only where the tags say
    that the photo has none of the classes.
    """
    label = IGNORE if known.photo.tags else 0
    return Annotated(np.full(known.size, label, np.uint8), None)
