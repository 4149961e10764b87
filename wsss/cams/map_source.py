"""The input and the output of a source of class maps, for one photo."""

from dataclasses import dataclass
from typing import NamedTuple

from wsss.data.maps import ScoreMap


@dataclass(frozen=True)
class MapRequest:
    """The photo whose map is to be read."""

    id: str
    tags: tuple[int, ...]
    """label ids, from 1"""
    size: tuple[int, int]
    """(H, W) in pixels"""
    classes: tuple[str, ...]
    """names of the dataset's classes; label id i has the name classes[i - 1]"""


class ReadMap(NamedTuple):
    """A photo's map, and what was missing or too much in its files."""

    item: ScoreMap
    dropped: int
    """maps of classes that are not among the photo's tags, which were left out"""
    zeroed: int
    """tags without a map, whose map is 0 everywhere"""
