"""The point cloud of a scene: core-seconds, memory and size by the number of photos.

Photos of 640 x 480 pixels of one drawn room from 15, 30 and 60 views, voxels of 2 cm:

- `points`: back-projection and what each photo sees, written to disk, with reading photo and depth;
- `objectness`: the votes of boxes in every tenth photo, and smoothing;
- `project`: the maps of all photos.

Each number of photos has a process of its own, whose largest memory is told.

    python benchmarks/point_cloud.py
"""

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.checks import check_index
from wsss.data.index import Index
from wsss.data.scene_files import SceneFile
from wsss.datasets.rgbd import read_rgbd
from wsss.datasets.rgbd_settings import RgbdSettings, RoomsSettings
from wsss.datasets.rooms import write_rooms
from wsss.geometry.box_objectness import from_boxes
from wsss.geometry.cloud import Cloud, take_shot, write_cloud
from wsss.geometry.cloud_settings import CloudSettings
from wsss.geometry.objectness import Scene, Stored, write_objectness
from wsss.geometry.objectness_settings import BoxVoteSettings
from wsss.geometry.projection import project_photo, project_scene
from wsss.geometry.projection_settings import ProjectionSettings

PHOTOS = (15, 30, 60)


def make_index(folder: Path, views: int) -> Index:
    """The index of one room from so many views."""
    drawn = RoomsSettings(train=1, val=1, views=views, width=640, height=480)
    write_rooms(folder, drawn)
    return check_index(read_rgbd("rooms", folder, RgbdSettings(), AnnotationSettings())[0])


def measure(folder: str, views: int) -> dict[str, float]:
    """The figures of one number of photos."""
    index, path = Index.load(Path(folder, "i.json")), Path(folder, "cloud.npz")
    photos = index.split("train")[:: max(PHOTOS) // views]
    started = time.process_time()
    points = write_cloud(path, photos, partial(take_shot, index, alone=False), CloudSettings())
    made = time.process_time()
    cloud = Cloud(SceneFile(path))
    scene = Scene("train_000", index, cloud)
    objectness = Path(folder, "objectness.npz")
    write_objectness(objectness, *from_boxes(scene, BoxVoteSettings(share=0.1)))
    found = time.process_time()
    stored = Stored(SceneFile(objectness))
    maps = list(project_scene(index, cloud, stored, project_photo, ProjectionSettings()))
    ended = time.process_time()
    return {
        "photos": len(maps),
        "points": points,
        "points_s": round(made - started, 1),
        "objectness_s": round(found - made, 1),
        "project_s": round(ended - found, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "cloud_mb": round(path.stat().st_size / 1e6),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_index(Path(folder, "rooms"), max(PHOTOS)).save(Path(folder, "i.json"))
        for views in PHOTOS:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(json.dumps(pool.apply(measure, (folder, views))), flush=True)


if __name__ == "__main__":
    sys.exit(main())
