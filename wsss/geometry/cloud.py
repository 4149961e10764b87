"""Point clouds of scenes on disk: places and colours of points, and what each photo sees."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from wsss.data.camera import camera_of, check_lens, pose_of
from wsss.data.depth import depth_of
from wsss.data.images import photo_size, read_photo
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.scene_files import SceneFile, scene_writer
from wsss.geometry.cloud_settings import CloudSettings
from wsss.geometry.views import View
from wsss.geometry.visibility import Blocks, Seen, find_seen
from wsss.geometry.voxels import Points, Voxels
from wsss.run.errors import UserError

Shot = tuple[View, np.ndarray, np.ndarray]
"""a view, its depth in metres (H, W), and its photo, uint8 (H, W, 3)"""
ShotOf = Callable[[Photo], Shot]


def build_cloud(photos: Sequence[Photo], shot_of: ShotOf, settings: CloudSettings) -> Points:
    """The points of a scene's photos."""
    voxels = Voxels(settings.voxel)
    for photo in photos:
        view, depth, pixels = shot_of(photo)
        places, kept = view.back_project(_thin(depth, settings))
        voxels.add(places, pixels.reshape(-1, 3)[kept])
    return voxels.points()


def _thin(depth: np.ndarray, settings: CloudSettings) -> np.ndarray:
    """The depths (H, W) that make points, 0 elsewhere."""
    kept = np.zeros_like(depth)
    part = slice(settings.every // 2, None, settings.every)
    kept[part, part] = depth[part, part]
    return np.where(kept <= settings.farthest, kept, 0)


def write_cloud(
    path: Path, photos: Sequence[Photo], shot_of: ShotOf, settings: CloudSettings
) -> int:
    """Write the cloud of a scene; the number of its points."""
    points = build_cloud(photos, shot_of, settings)
    blocks = Blocks(points.places)
    with scene_writer(path) as file:
        file.add("places", points.places)
        file.add("colours", points.colours)
        for number, photo in enumerate(photos):
            view, depth, _ = shot_of(photo)
            near = np.where(depth <= settings.farthest, depth, 0)
            seen = find_seen(view, blocks, near, settings.within, settings.within_share)
            file.add(f"points{number}", seen.points)
            file.add(f"pixels{number}", seen.pixels)
        ids = [photo.id for photo in photos]
        file.finish({"voxel": settings.voxel, "photos": ids, "points": len(points.places)})
    return len(points.places)


class Cloud:
    """Reads the cloud of a scene."""

    def __init__(self, file: SceneFile) -> None:
        self._file = file
        self.photos: list[str] = [str(name) for name in file.about["photos"]]
        self.voxel = float(file.about["voxel"])
        self.count = int(file.about["points"])

    def points(self) -> Points:
        """The points."""
        return Points(self._file.array("places"), self._file.array("colours"))

    def seen(self, photo_id: str) -> Seen:
        """What a photo of the scene sees."""
        number = self.photos.index(photo_id)
        return Seen(self._file.array(f"points{number}"), self._file.array(f"pixels{number}"))


def view_of(photo: Photo, size: tuple[int, int], alone: bool) -> View:
    """The view of a photo of `size` (H, W). Without a pose, a photo that is `alone` in its scene is
    at the origin; UserError for one that is not, and for a camera of another photo.
    """
    camera, pose = camera_of(photo), pose_of(photo)
    check_lens(camera, size, f"of photo {photo.id}")
    if pose is None and not alone:
        raise UserError(
            f"photo {photo.id} has no pose, but its scene '{photo.group}' has several photos; add "
            "its pose, take it out of the scene, or set cloud.views to one"
        )
    return View(camera, np.eye(4) if pose is None else pose, size)


def take_shot(index: Index, photo: Photo, alone: bool) -> Shot:
    """The view of a photo, its depth in metres, and its pixels; UserError for one without depth."""
    view, depth = take_view(index, photo, alone)
    if depth is None:
        raise UserError(
            f"photo {photo.id} has no depth, and points are made of it; take the dataset 'rooms' "
            "or 'rgbd' (docs/adding-a-dataset.md)"
        )
    return view, depth, read_photo(index.image_path(photo))


def take_view(index: Index, photo: Photo, alone: bool) -> tuple[View, np.ndarray | None]:
    """The view of a photo, and its depth in metres, float32 (H, W), 0 where it is missing; None for
    a photo without depth.
    """
    view = view_of(photo, photo_size(index.image_path(photo)), alone)
    return view, depth_of(index, photo)
