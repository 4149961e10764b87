"""The dataset `rooms`: furnished rooms from several views, which depend on the settings alone.

Masks, depths, cameras and poses are exact, so that what several views say of an object can be
tested. Bodies of furniture and crates share their textures: only some parts show a class. The
layout is that of docs/adding-a-dataset.md#photos-with-depth.
"""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from wsss.data.camera import KEYS, Camera
from wsss.data.images import write_labels
from wsss.datasets.rgbd_settings import RoomsSettings
from wsss.datasets.room import Shot, draw_poses, draw_room, take_photo
from wsss.datasets.rooms_furniture import CLASSES
from wsss.run.files import write_json

MILLIMETRE = 0.001
SMALLEST = 20
"""visible pixels from which an object has a box"""


def write_rooms(folder: str | Path, settings: RoomsSettings) -> None:
    """Write the dataset."""
    folder = Path(folder)
    for name in ("images", "depth", "labels", "poses"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    camera = camera_of_rooms(settings)
    write_json(folder / "camera.json", dict(zip(KEYS, camera)))
    (folder / "classes.txt").write_text("\n".join(CLASSES) + "\n", encoding="utf-8")
    boxes = _Boxes()
    scenes = []
    for split, count in (("train", settings.train), ("val", settings.val)):
        ids = []
        for number in range(count):
            scene = f"{split}_{number:03d}"
            shown = _write_room(folder, scene, settings, camera, boxes)
            scenes += [f"{photo_id} {scene}" for photo_id in shown]
            ids += shown
        (folder / f"{split}.txt").write_text("\n".join(ids) + "\n", encoding="utf-8")
    (folder / "scenes.txt").write_text("\n".join(scenes) + "\n", encoding="utf-8")
    write_json(folder / "boxes.json", boxes.as_json())


def camera_of_rooms(settings: RoomsSettings) -> Camera:
    """The camera of all photos: 67 degrees wide, with depths in millimetres."""
    focal = 0.75 * settings.width
    centre = (settings.width - 1) / 2, (settings.height - 1) / 2
    return Camera(focal, focal, *centre, MILLIMETRE)


def _write_room(
    folder: Path, scene: str, settings: RoomsSettings, camera: Camera, boxes: "_Boxes"
) -> list[str]:
    """Write the photos of a room; their ids."""
    split, _, number = scene.partition("_")
    rng = np.random.default_rng([settings.seed, split == "val", int(number)])
    room = draw_room(rng, settings, first=int(number) % len(CLASSES))
    ids = []
    for view, pose in enumerate(draw_poses(rng, room, settings.views)):
        photo_id = f"{scene}_{view:02d}"
        shot = take_photo(rng, room, camera, pose, (settings.height, settings.width))
        _write_shot(folder, photo_id, shot, pose)
        boxes.add(photo_id, shot)
        ids.append(photo_id)
    return ids


def _write_shot(folder: Path, photo_id: str, shot: Shot, pose: np.ndarray) -> None:
    """Write the photo, its mask, its depth in millimetres, and its pose."""
    Image.fromarray(shot.photo).save(folder / "images" / f"{photo_id}.jpg", quality=92)
    write_labels(folder / "labels" / f"{photo_id}.png", shot.mask)
    millimetres = np.rint(shot.depth / MILLIMETRE).astype(np.uint16)
    Image.fromarray(millimetres).save(folder / "depth" / f"{photo_id}.png")
    rows = [" ".join(f"{value:.9f}" for value in row) for row in pose]
    (folder / "poses" / f"{photo_id}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")


class _Boxes:
    """Collects the boxes of objects, as COCO's JSON has them."""

    def __init__(self) -> None:
        self._images: list[dict[str, Any]] = []
        self._found: list[dict[str, Any]] = []

    def add(self, photo_id: str, shot: Shot) -> None:
        """Add the boxes of a photo, around the visible pixels of each object."""
        height, width = shot.mask.shape
        number = len(self._images) + 1
        file = {"id": number, "file_name": f"{photo_id}.jpg", "width": width, "height": height}
        self._images.append(file)
        for item in np.unique(shot.items[shot.mask > 0]):
            shown = shot.items == item
            if shown.sum() >= SMALLEST:
                self._add_box(number, int(shot.mask[shown][0]), shown)

    def _add_box(self, image: int, label: int, shown: np.ndarray) -> None:
        rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
        left, top = int(columns[0]), int(rows[0])
        bbox = [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top]
        number = len(self._found) + 1
        found = {"id": number, "image_id": image, "category_id": label, "bbox": bbox}
        self._found.append({**found, "area": int(shown.sum()), "iscrowd": 0})

    def as_json(self) -> dict[str, Any]:
        """The JSON."""
        names = [{"id": n, "name": name} for n, name in enumerate(CLASSES, start=1)]
        found = {"images": self._images, "annotations": self._found, "categories": names}
        return found
