"""Scenes: the photos of one group, which show one place from several views.

A photo without a group is a scene of its own.
"""

from collections.abc import Iterable

from wsss.data.index import Index
from wsss.data.photo import PLACES, Photo, is_safe, place_of
from wsss.run.errors import UserError


def scene_of(photo: Photo) -> str:
    """The name of a photo's scene, a file name; UserError for a group that cannot be one."""
    if photo.group is None:
        return photo.id
    if not is_safe(photo.group):
        raise UserError(f"scene {photo.group!r} is not usable as a file name; rename the group")
    return photo.group


def scenes_of(photos: Iterable[Photo]) -> dict[str, list[Photo]]:
    """Scene -> its photos, both in the order of `photos`."""
    scenes: dict[str, list[Photo]] = {}
    for photo in photos:
        scenes.setdefault(scene_of(photo), []).append(photo)
    return scenes


def boxed_ids(index: Index, scene: str, share: float) -> set[str]:
    """The ids of the photos of a scene whose boxes count: a `share` of those that have boxes.

    They are spread evenly over the scene, in the order of ids. How a rest is rounded depends on a
    hash of the scene, so that scenes of one photo have boxes on a `share` of them, too.
    """
    ids = sorted(
        photo.id
        for photo in index.photos.values()
        if "boxes" in photo.annotations and scene_of(photo) == scene
    )
    start = place_of(f"boxes {scene}") / PLACES
    chosen = set()
    for position, photo_id in enumerate(ids):
        if int((position + 1) * share + start) > int(position * share + start):
            chosen.add(photo_id)
    return chosen
