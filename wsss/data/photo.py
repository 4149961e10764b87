"""A photo as an index knows it, and the shard that it belongs to."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = ("mask", "scribble", "points", "boxes", "depth", "pose", "saliency")
"""what may be annotated of a photo besides its tags"""
Annotation = str | list[Any]
"""the path of a file, or the values themselves"""
Shard = tuple[int, int]
"""(k, n): shard k of n"""

PLACES = 2**64
SAFE_ID = re.compile(r"[\w\-+@]([\w\-+@. ]*[\w\-+@])?")


@dataclass(frozen=True)
class Photo:
    """One photo. Tags are label ids from 1.

    `digests` are of the photo's file ("photo") and of each kind of annotation.
    """

    id: str
    image: str
    tags: tuple[int, ...]
    annotations: Mapping[str, Annotation] = field(default_factory=dict)
    group: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def mask(self) -> str | None:
        """The path of the true mask, where the photo has one."""
        path = self.annotations.get("mask")
        return path if isinstance(path, str) else None

    @property
    def place(self) -> int:
        """The place in the order that is dealt to shards; photos of a group have the same."""
        return place_of(self.id if self.group is None else self.group)


def is_safe(photo_id: str) -> bool:
    """Whether an id can be the name of a file, in the folder that it is meant for."""
    return SAFE_ID.fullmatch(photo_id) is not None and ".." not in photo_id


def place_of(key: str) -> int:
    """The place of a group, or else of an id, in 0 .. 2^64 - 1: a hash, everywhere the same."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")


def shard_of(key: str, shards: int) -> int:
    """The shard that a group, or else an id, is dealt to.

    A shard is a range of places, not a remainder: in a file in the order of places every shard
    of any number is one run of lines.
    """
    return place_of(key) * shards >> 64


def places_of(shard: Shard) -> range:
    """The places that `shard_of` gives to a shard."""
    k, n = shard
    return range(-(-k * PLACES // n), -(-(k + 1) * PLACES // n))
