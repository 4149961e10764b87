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


class SameTags:
    """Partners with exactly the leader's tags.

    Where these are too few, all of them are taken, then photos that share a class of the leader,
    class by class in random order. No photo is taken twice. Where these are too few as well, the
    leader stands in for the missing partners.
    """

    def __init__(self, photos: Sequence[Photo]) -> None:
        self._photos, self._tagged = photos, photos_by_tag(photos)
        sets: dict[frozenset[int], list[int]] = {}
        for i, photo in enumerate(photos):
            sets.setdefault(frozenset(photo.tags), []).append(i)
        self._equal = {tags: np.array(indices) for tags, indices in sets.items()}

    def draw(self, leader: int, count: int, rng: np.random.Generator) -> list[int]:
        """`count` partners of a leader. A leader without tags is its own partner."""
        tags = sorted(set(self._photos[leader].tags))
        pools = [self._equal[frozenset(tags)]] if tags else []
        pools += [self._tagged[tag] for tag in rng.permutation(tags).tolist()]
        taken = [leader]
        for pool in pools:
            missing = count + 1 - len(taken)
            if missing:
                others = np.setdiff1d(pool, taken)
                chosen = rng.choice(others, min(missing, len(others)), replace=False)
                taken += chosen.tolist()
        return taken[1:] + [leader] * (count + 1 - len(taken))

    def lacking(self, count: int) -> list[int]:
        """The photos that share a class with fewer than `count` others."""
        found = []
        for i, photo in enumerate(self._photos):
            pools = [self._tagged[tag] for tag in photo.tags]
            enough = any(len(pool) > count for pool in pools)
            if not enough and len(set().union(*map(np.ndarray.tolist, pools)) - {i}) < count:
                found.append(i)
        return found

    def account(self, count: int) -> str:
        """One line on the photos that lack partners, with the first of them; "" if none does."""
        lacking = self.lacking(count)
        if not lacking:
            return ""
        first = self._photos[lacking[0]].id
        return (
            f"photos that share a class with fewer than {count} others: {len(lacking)} of "
            f"{len(self._photos)}; the first is {first}; each stands in for its missing partners"
        )
