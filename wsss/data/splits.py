"""The draw of a part of photos that choices are made on."""

from collections.abc import Sequence

import numpy as np

from wsss.data.photo import Photo

SEED = 0
"""of the draw: like a list in a file it is part of the dataset, and no other seed changes it"""


def tune_split(photos: Sequence[Photo], share: float = 0.2) -> tuple[str, ...]:
    """The ids of a share of `photos`, in their order, stratified by each photo's rarest tag."""
    rng = np.random.default_rng(SEED)
    chosen: set[str] = set()
    for _, ids in sorted(_by_rarest_tag(photos).items()):
        chosen.update(rng.permutation(sorted(ids))[: round(len(ids) * share)].tolist())
    return tuple(photo.id for photo in photos if photo.id in chosen)


def _by_rarest_tag(photos: Sequence[Photo]) -> dict[int, list[str]]:
    count = np.bincount([tag for photo in photos for tag in photo.tags], minlength=1)
    groups: dict[int, list[str]] = {}
    for photo in photos:
        rarest = min(photo.tags, key=lambda tag: (count[tag], tag), default=0)
        groups.setdefault(rarest, []).append(photo.id)
    return groups
