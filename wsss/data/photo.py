"""A photo of an index, and the shard that it belongs to.

Each photo has a *place*, a hash in 0 .. 2^64 - 1 that is the same on every machine. Shard k of n
holds the photos of the k-th of n equal ranges of places.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from wsss.run.errors import UserError

KINDS = ("mask", "scribble", "points", "boxes", "depth", "camera", "pose", "saliency", "correction")
"""the kinds of annotation that a photo may have besides its tags"""
Annotation = str | list[Any]
"""the path of a file, or the annotation's values"""
Shard = tuple[int, int]
"""(k, n): shard k of n, with k from 0"""

PLACES = 2**64
"""number of places"""
SAFE_ID = re.compile(r"[\w\-+@]([\w\-+@. ]*[\w\-+@])?")
"""an id that is a file name on every system"""


@dataclass(frozen=True)
class Photo:
    """One photo of a dataset.

    UserError for an id or a path that could lead out of a folder: artifacts are named by the id,
    and masks by the path. So every photo that a stage knows has a safe name, whoever wrote it.
    """

    id: str
    image: str
    """path of the photo, relative to the dataset's root"""
    tags: tuple[int, ...]
    """label ids, from 1, of the classes in the photo"""
    annotations: Mapping[str, Annotation] = field(default_factory=dict)
    """kind of annotation (one of KINDS) -> annotation"""
    group: str | None = None
    """photos of one group, such as frames of a video, are in one shard and are sampled together"""
    digests: Mapping[str, str] = field(default_factory=dict)
    """`photo` and each kind of annotation -> digest of its content"""
    pixels: int = 0
    """height times width; 0 before the file was looked at (checks.py)"""

    def __post_init__(self) -> None:
        check_id(self.id)
        if not is_inside(self.image):
            raise UserError(
                f"photo {self.id} is at {self.image!r}, outside the dataset's folder; move it "
                "there, or rename it"
            )

    @property
    def mask(self) -> str | None:
        """The path of the true mask, where the photo has one."""
        path = self.annotations.get("mask")
        return path if isinstance(path, str) else None

    @property
    def place(self) -> int:
        """The photo's place in 0 .. 2^64 - 1; photos of a group share one."""
        return place_of(self.id if self.group is None else self.group)


def is_safe(photo_id: str) -> bool:
    """Whether an id can be a file name; ids that would lead out of a folder are not safe."""
    return SAFE_ID.fullmatch(photo_id) is not None and ".." not in photo_id


def check_id(photo_id: str) -> None:
    """UserError for an id that cannot be a file name."""
    if not is_safe(photo_id):
        raise UserError(f"photo id {photo_id!r} is not usable as a file name; rename the photo")


def is_inside(path: str) -> bool:
    """Whether a path names a file below the folder that it is relative to."""
    parts = PurePosixPath(path).parts
    return bool(parts) and ".." not in parts and not path.startswith("/") and "\0" not in path


def place_of(key: str) -> int:
    """The place, in 0 .. 2^64 - 1, of a key: a photo's group, or its id if it has no group."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")


def shard_of(key: str, shards: int) -> int:
    """The shard, in 0 .. shards - 1, of a key: a photo's group, or its id if it has no group.

    Shards are ranges of places. So in a file that is sorted by place a shard is a run of lines,
    whatever the number of shards.
    """
    return place_of(key) * shards >> 64


def places_of(shard: Shard) -> range:
    """The range of places of a shard (k, n): those with place * n // 2^64 == k."""
    k, n = shard
    return range(-(-k * PLACES // n), -(-(k + 1) * PLACES // n))
