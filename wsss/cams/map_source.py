"""What a source of class maps gets of a photo, and what it returns."""

from dataclasses import dataclass
from typing import NamedTuple

from wsss.data.maps import ScoreMap


@dataclass(frozen=True)
class MapRequest:
    """A photo of `size` (H, W), its tags (label ids from 1), and the dataset's classes by name."""

    id: str
    tags: tuple[int, ...]
    size: tuple[int, int]
    classes: tuple[str, ...]


class ReadMap(NamedTuple):
    """A photo's map, how many maps of other classes were left out, and how many tags got zeros."""

    item: ScoreMap
    dropped: int
    zeroed: int
