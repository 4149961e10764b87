"""Draws a part of the photos. Choices are made on it."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np

from wsss.data.photo import Photo

SEED = 0
"""of the draw: like a list in a file it is part of the dataset, and no other seed changes it"""


def tune_split(photos: Sequence[Photo], share: float = 0.2) -> tuple[str, ...]:
    """The ids of a share of `photos`, in their order, stratified by each photo's rarest tag.

    Photos of one group are drawn together: what is alike must not be in both parts.
    """
    rng = np.random.default_rng(SEED)
    chosen: set[str] = set()
    for _, names in sorted(_by_rarest_tag(photos).items()):
        chosen.update(rng.permutation(sorted(names))[: round(len(names) * share)].tolist())
    return tuple(photo.id for photo in photos if _group_or_id(photo) in chosen)


def _group_or_id(photo: Photo) -> str:
    return photo.id if photo.group is None else photo.group


def _by_rarest_tag(photos: Sequence[Photo]) -> dict[int, list[str]]:
    """Rarest tag -> the groups that have it, and photos without a group."""
    count = Counter(chain.from_iterable(photo.tags for photo in photos))
    tags: dict[str, set[int]] = {}
    for photo in photos:
        tags.setdefault(_group_or_id(photo), set()).update(photo.tags)
    names: dict[int, list[str]] = {}
    for name, own in tags.items():
        rarest = min(own, key=lambda tag: (count[tag], tag), default=0)
        names.setdefault(rarest, []).append(name)
    return names
