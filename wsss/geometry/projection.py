"""Maps of a photo from the points in front of it (docs/methods.md#projection)."""

from collections.abc import Callable, Iterator

import numpy as np

from wsss.data.index import Index
from wsss.data.maps import ScoreMap
from wsss.geometry.box_objectness import corners_of
from wsss.geometry.cloud import Cloud, take_view
from wsss.geometry.objectness import Stored
from wsss.geometry.projection_settings import ProjectionSettings
from wsss.geometry.rendering import Front, render
from wsss.geometry.views import View
from wsss.geometry.votes import Objectness
from wsss.geometry.voxels import Points

Project = Callable[..., ScoreMap]
"""a method that projects points into a photo, such as `project_photo`"""


def project_photo(
    view: View,
    points: Points,
    objectness: Objectness,
    voxel: float,
    depth: np.ndarray | None,
    boxes: list[list[float]] | None,
    settings: ProjectionSettings,
) -> ScoreMap:
    """The `prob` map of a photo: the objectness of the points in front, and background 1 - its
    maximum. All scores are 0 where nothing is known.

    `depth` (H, W) in metres is the photo's own. `boxes` [label, left, top, right, bottom] are those
    that count in this photo; None for a photo without any.
    """
    known = objectness.known
    front = render(view, points.places[known], objectness.scores[known], voxel, depth, settings)
    scores = front.scores
    if boxes is not None and settings.own_boxes:
        scores = scores * _inside(boxes, len(scores), front, settings.stride)
    background = np.where(front.known, 1 - scores.max(axis=0, initial=0), 0)[None]
    shown = np.flatnonzero(scores.max(axis=(1, 2), initial=0) > settings.least)
    covered = view.size[0] / settings.stride, view.size[1] / settings.stride
    kept = np.concatenate([background, scores[shown]]).astype(np.float32)
    return ScoreMap("prob", np.array([0, *(shown + 1)]), kept, view.size, covered)


def project_scene(
    index: Index, cloud: Cloud, stored: Stored, project: Project, settings: ProjectionSettings
) -> Iterator[tuple[str, ScoreMap]]:
    """The id and the map of each photo of a scene."""
    points, objectness = cloud.points(), stored.read()
    for photo_id in cloud.photos:
        photo = index.photos[photo_id]
        view, depth = take_view(index, photo, alone=len(cloud.photos) == 1)
        own = depth if settings.own_depth else None
        boxes = corners_of(index, photo) if photo_id in stored.boxed else None
        yield photo_id, project(view, points, objectness, cloud.voxel, own, boxes, settings)


def _inside(boxes: list[list[float]], classes: int, front: Front, stride: int) -> np.ndarray:
    """1 in the cells that a box of each class reaches into, float32 (K, h, w), 0 elsewhere."""
    inside = np.zeros((classes, *front.known.shape), np.float32)
    for label, left, top, right, bottom in boxes:
        rows = slice(max(0, int(top // stride)), max(0, int(np.ceil(bottom / stride))))
        columns = slice(max(0, int(left // stride)), max(0, int(np.ceil(right / stride))))
        inside[int(label) - 1, rows, columns] = 1
    return inside
