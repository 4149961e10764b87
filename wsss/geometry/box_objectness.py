"""The objectness of a scene's points from boxes (docs/methods.md#objectness)."""

import numpy as np

from wsss.brought.true_boxes import true_boxes
from wsss.data.images import photo_size
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.scenes import boxed_ids, scene_of
from wsss.geometry.cloud import view_of
from wsss.geometry.objectness import Scene
from wsss.geometry.objectness_settings import BoxVoteSettings
from wsss.geometry.smoothing import smooth
from wsss.geometry.visibility import Seen
from wsss.geometry.votes import Objectness, Votes
from wsss.geometry.voxels import Points


def from_boxes(scene: Scene, settings: BoxVoteSettings) -> tuple[Objectness, list[str]]:
    """The objectness of a scene's points, and the photos whose boxes counted."""
    points = scene.cloud.points()
    votes = Votes(len(points.places), len(scene.index.classes))
    boxed = choose_boxed(scene, settings.share)
    for photo_id in boxed:
        _vote(votes, scene, scene.index.photos[photo_id], points, settings)
    return smooth(votes.objectness(settings), points, settings), boxed


def choose_boxed(scene: Scene, share: float) -> list[str]:
    """The photos of a cloud whose boxes count, in its order."""
    place = scene_of(scene.index.photos[scene.cloud.photos[0]])
    chosen = boxed_ids(scene.index, place, share)
    return [photo_id for photo_id in scene.cloud.photos if photo_id in chosen]


def _vote(
    votes: Votes, scene: Scene, photo: Photo, points: Points, settings: BoxVoteSettings
) -> None:
    """Add the votes of a photo with boxes."""
    seen = scene.cloud.seen(photo.id)
    size = photo_size(scene.index.image_path(photo))
    weight = np.ones(len(seen.points), np.float32)
    if settings.weight == "near":
        weight = _nearness(photo, size, seen, points, len(scene.cloud.photos) == 1)
    votes.add(seen, corners_of(scene.index, photo), size[1], weight, settings.around)


def corners_of(index: Index, photo: Photo) -> list[list[float]]:
    """The boxes of a photo as [label, left, top, right, bottom]."""
    found = []
    for box in true_boxes(index, photo.id):
        left, top, width, height = box["bbox"]
        found.append([box["category_id"], left, top, left + width, top + height])
    return found


def _nearness(
    photo: Photo, size: tuple[int, int], seen: Seen, points: Points, alone: bool
) -> np.ndarray:
    """1 / depth of the points that a photo sees, float32 (M,)."""
    at = view_of(photo, size, alone).project(points.places[seen.points])
    nearness: np.ndarray = 1 / np.maximum(at.depth, 0.1)
    return nearness.astype(np.float32)
