"""Partners: the photos that stand beside the leader of a group (batches.py).

A rule draws them from a random generator that it is given, so it depends on nothing else.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from wsss.data.photo import Photo


class Partners(Protocol):
    """A rule that chooses the partners of a leader."""

    def draw(self, leader: int, count: int, rng: np.random.Generator) -> list[int]:
        """`count` partners of a leader; photos are indices."""


class SharedTag:
    """Partners with one of the leader's tags.

    One of the tags that the leader shares with another photo is chosen at random, then its partners
    from the other photos with that tag. A partner is repeated only if these are too few. A photo
    that shares no tag is its own partner.
    """

    def __init__(self, photos: Sequence[Photo]) -> None:
        self._photos, self._tagged = photos, photos_by_tag(photos)

    def draw(self, leader: int, count: int, rng: np.random.Generator) -> list[int]:
        """`count` partners of a leader."""
        shared = [tag for tag in self._photos[leader].tags if len(self._tagged[tag]) > 1]
        if not shared:
            return [leader] * count
        tagged = self._tagged[int(rng.choice(shared))]
        others = tagged[tagged != leader]
        return [int(i) for i in rng.choice(others, count, replace=len(others) < count)]


def photos_by_tag(photos: Sequence[Photo]) -> dict[int, np.ndarray]:
    """Tag -> the indices of the photos that have it, ascending."""
    found: dict[int, list[int]] = {}
    for i, photo in enumerate(photos):
        for tag in photo.tags:
            found.setdefault(tag, []).append(i)
    return {tag: np.array(indices) for tag, indices in found.items()}
