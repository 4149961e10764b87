"""Converts photos in the layout of 2D-3D-S into a folder of photos with depth
(docs/adding-a-dataset.md#stanford-2d-3d-s).

A frame has a photo, a depth, a pose (JSON) and labels, in AREA/data/{rgb,depth,pose,semantic}.
Their names differ in the end alone: `..._domain_rgb.png`. A pixel's colour R * 65536 + G * 256 + B
is the number of a label in semantic_labels.json, such as `chair_3_office_2_1`: class, number of the
object, room and area.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wsss.data.camera import KEYS, TOLERANCE, check_camera, check_pose
from wsss.data.images import IGNORE, read_photo, write_labels
from wsss.data.photo import check_id
from wsss.datasets.stanford_settings import StanfordSettings
from wsss.run.errors import UserError
from wsss.run.files import MALFORMED, read_json, write_json

UNIT, MISSING = 1 / 512, 65_535
"""metres of 1 in depth PNGs, and what they say where nothing was measured"""
UNKNOWN = "<UNK>"
"""the label of pixels that nobody labelled"""
FOLDERS = ("images", "depth", "labels", "poses", "cameras")
ENDINGS = {"rgb": ".png", "depth": ".png", "pose": ".json", "semantic": ".png"}
"""what a frame has -> the ending of its files"""


@dataclass(frozen=True)
class Frame:
    """A frame: its area and the start of the names of its files."""

    area: Path
    """the area's folder"""
    name: str

    def path(self, domain: str) -> Path:
        """The file of a domain, a key of ENDINGS."""
        return self.area / "data" / domain / f"{self.name}_domain_{domain}{ENDINGS[domain]}"


def find_frames(root: Path) -> list[Frame]:
    """The frames of all areas; UserError for a folder without any, and for a missing file."""
    ending = f"_domain_rgb{ENDINGS['rgb']}"
    frames = []
    for path in sorted(root.glob(f"area_*/data/rgb/*{ending}")):
        frames.append(Frame(path.parents[2], path.name.removesuffix(ending)))
    if not frames:
        raise UserError(
            f"{root} has no area_*/data/rgb/*{ending}; name the folder of 2D-3D-S that holds the "
            "areas"
        )
    for frame in frames:
        for domain in ENDINGS:
            if not frame.path(domain).is_file():
                raise UserError(
                    f"frame {frame.name} has no {frame.path(domain)}; extract it from the archive "
                    f"of {frame.area.name}"
                )
    return frames


def read_names(root: Path) -> list[str]:
    """The names of labels, by their numbers, in assets/semantic_labels.json."""
    path = root / "assets" / "semantic_labels.json"
    try:
        names = read_json(path)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError("it is no list of names")
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}); it comes with the dataset's tools")
    return names


def read_view(path: Path) -> tuple[list[float], np.ndarray, str]:
    """The camera (values of KEYS), the pose, float64 (4, 4) from camera to world, and the room of a
    frame's JSON. UserError for a JSON that holds no pose.
    """
    try:
        data = read_json(path)
        k = np.array(data["camera_k_matrix"], np.float64)
        rt = np.array(data["camera_rt_matrix"], np.float64)[:3]
        where = _location(data.get("camera_location"))
        values = [float(v) for v in (k[0, 0], k[1, 1], k[0, 2], k[1, 2], UNIT, MISSING)]
        room = str(data["room"])
        if rt.shape != (3, 4):
            raise ValueError("camera_rt_matrix is not 3 x 4")
    except MALFORMED as error:
        raise UserError(f"pose {path} cannot be read ({error}); extract it again")
    check_camera(values, str(path))
    return values, _to_world(rt, where, path), room


def _location(given: Any) -> np.ndarray | None:
    """The location of a camera, float64 (3,); None without one, ValueError for another value."""
    if given is None:
        return None
    where = np.array(given, np.float64)
    if where.shape != (3,) or not np.isfinite(where).all():
        raise ValueError("camera_location is no place")
    return where


def _to_world(rt: np.ndarray, where: np.ndarray | None, path: Path) -> np.ndarray:
    """The pose from camera to world of a matrix (3, 4) from world to camera.

    UserError where the camera is then not at its location `where`.
    """
    check_pose([*rt.tolist(), [0.0, 0.0, 0.0, 1.0]], str(path))
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rt[:, :3].T, -rt[:, :3].T @ rt[:, 3]
    if where is not None and np.abs(pose[:3, 3] - where).max() > 10 * TOLERANCE:
        raise UserError(
            f"pose {path} contradicts itself: its matrix puts the camera at "
            f"{pose[:3, 3].round(3).tolist()}, camera_location says "
            f"{where.tolist()}; is the matrix from world to camera?"
        )
    return pose


def numbers_of(colours: np.ndarray) -> np.ndarray:
    """The number of the label of each pixel, int64 (H, W), of its colour, uint8 (H, W, 3)."""
    red, green, blue = colours.astype(np.int64).transpose(2, 0, 1)
    numbers: np.ndarray = (red << 16) + (green << 8) + blue
    return numbers


def labels_by_number(names: Sequence[str], classes: Sequence[str]) -> np.ndarray:
    """The label id of each number, uint8 (len(names) + 1,): 0 for background, IGNORE for pixels
    that nobody labelled; the last one is for numbers without a name.
    """
    ids = np.zeros(len(names) + 1, np.uint8)
    for number, name in enumerate(names):
        first = name.partition("_")[0]
        if first in classes:
            ids[number] = list(classes).index(first) + 1
        elif name == UNKNOWN:
            ids[number] = IGNORE
    ids[-1] = IGNORE
    return ids


def boxes_of(
    numbers: np.ndarray, ids: np.ndarray, smallest: int
) -> Iterator[tuple[int, list[int]]]:
    """The label id and the box [left, top, width, height] of each object that is shown by at least
    `smallest` pixels.
    """
    for number in np.unique(numbers):
        label = int(ids[min(number, len(ids) - 1)])
        shown = numbers == number
        if label in (0, IGNORE) or shown.sum() < smallest:
            continue
        rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
        left, top = int(columns[0]), int(rows[0])
        yield label, [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top]


class Conversion:
    """Writes frames into a folder of photos with depth. Photos and depths are links."""

    def __init__(self, out: Path, names: Sequence[str], settings: StanfordSettings) -> None:
        self._out, self._settings = out, settings
        self._ids = labels_by_number(names, settings.classes)
        self._lists: dict[str, list[str]] = {"train": [], "val": []}
        self._scenes: list[str] = []
        self._images: list[dict[str, Any]] = []
        self._boxes: list[dict[str, Any]] = []
        for folder in FOLDERS:
            (out / folder).mkdir(parents=True)

    def add(self, frame: Frame) -> None:
        """Write a frame."""
        check_id(frame.name)
        camera, pose, room = read_view(frame.path("pose"))
        write_json(self._out / "cameras" / f"{frame.name}.json", dict(zip(KEYS, camera)))
        rows = [" ".join(f"{value:.9g}" for value in row) for row in pose]
        (self._out / "poses" / f"{frame.name}.txt").write_text(
            "\n".join(rows) + "\n", encoding="utf-8"
        )
        for domain, folder in (("rgb", "images"), ("depth", "depth")):
            os.symlink(frame.path(domain).resolve(), self._out / folder / f"{frame.name}.png")
        numbers = numbers_of(read_photo(frame.path("semantic")))
        labels = self._ids[np.minimum(numbers, len(self._ids) - 1)]
        write_labels(self._out / "labels" / f"{frame.name}.png", labels)
        self._add_boxes(frame, numbers)
        split = "val" if frame.area.name in self._settings.val else "train"
        self._lists[split].append(frame.name)
        self._scenes.append(f"{frame.name} {frame.area.name}_{room}")

    def _add_boxes(self, frame: Frame, numbers: np.ndarray) -> None:
        height, width = numbers.shape
        image = len(self._images) + 1
        file = {"id": image, "file_name": f"{frame.name}.png", "width": width, "height": height}
        self._images.append(file)
        for label, bbox in boxes_of(numbers, self._ids, self._settings.smallest):
            row = {"id": len(self._boxes) + 1, "image_id": image, "category_id": label}
            self._boxes.append({**row, "bbox": bbox, "area": bbox[2] * bbox[3], "iscrowd": 0})

    def finish(self) -> Mapping[str, int]:
        """Write the lists, the scenes, the classes and the boxes; split -> number of its photos."""
        for split, ids in self._lists.items():
            (self._out / f"{split}.txt").write_text(
                "".join(f"{name}\n" for name in ids), encoding="utf-8"
            )
        (self._out / "scenes.txt").write_text(
            "".join(f"{line}\n" for line in self._scenes), encoding="utf-8"
        )
        (self._out / "classes.txt").write_text(
            "\n".join(self._settings.classes) + "\n", encoding="utf-8"
        )
        names = [{"id": n, "name": name} for n, name in enumerate(self._settings.classes, start=1)]
        found = {"images": self._images, "annotations": self._boxes, "categories": names}
        write_json(self._out / "boxes.json", found)
        return {split: len(ids) for split, ids in self._lists.items()}
