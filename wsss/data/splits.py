"""Samples a stratified share of the photos for a split, such as `val` or `tune`."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np

from wsss.data.photo import Photo

SEED = 0
"""seed of the sampling; constant, because a split is part of the dataset, like a list in a file"""


def sample_split(photos: Sequence[Photo], share: float = 0.2) -> tuple[str, ...]:
    """The ids of a sampled `share` of `photos`, in their order, stratified by the rarest tag.

    Photos of one group are sampled together, because they are alike. A unit of sampling is a group,
    or a photo without one.
    """
    rng = np.random.default_rng(SEED)
    chosen: set[str] = set()
    for _, units in sorted(_by_rarest_tag(photos).items()):
        count = round(len(units) * share)
        chosen.update(rng.permutation(sorted(units))[:count].tolist())
    return tuple(photo.id for photo in photos if _group_or_id(photo) in chosen)


def _group_or_id(photo: Photo) -> str:
    """The unit of sampling that a photo belongs to."""
    return photo.id if photo.group is None else photo.group


def _by_rarest_tag(photos: Sequence[Photo]) -> dict[int, list[str]]:
    """Tag -> the units of sampling whose rarest tag it is; units without tags are under 0."""
    count = Counter(chain.from_iterable(photo.tags for photo in photos))
    tags: dict[str, set[int]] = {}
    for photo in photos:
        tags.setdefault(_group_or_id(photo), set()).update(photo.tags)
    units: dict[int, list[str]] = {}
    for unit, unit_tags in tags.items():
        rarest = min(unit_tags, key=lambda tag: (count[tag], tag), default=0)
        units.setdefault(rarest, []).append(unit)
    return units
