"""Cameras and their poses: how pixels and depths become points (docs/methods.md#geometry).

A camera's axes are x to the right, y down and z ahead. A pixel's centre is at whole numbers, so
pixel (0, 0) covers -0.5 to 0.5. Lengths are in metres.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wsss.data.photo import Photo
from wsss.run.errors import UserError
from wsss.run.files import MALFORMED, read_json, require_file

KEYS = ("fx", "fy", "cx", "cy", "depth_unit_m", "missing")
"""the keys of camera.json, in the order of `Camera`"""
TOLERANCE = 1e-3
"""how far a rotation times its transpose may be from 1; poses of files have few digits"""
SHORTEST, LONGEST = 0.02, 500
"""focal lengths, in longer sides of the photo, beyond which there is no camera: these see 175 and
0.1 degrees"""


class Camera(NamedTuple):
    """The intrinsics of a camera, and what the numbers in its depth files mean."""

    fx: float
    """focal length in pixels, across"""
    fy: float
    """focal length in pixels, down"""
    cx: float
    """column of the principal point"""
    cy: float
    """row of the principal point"""
    unit: float
    """metres of 1 in a depth file; 0.001 for millimetres"""
    missing: float = 0
    """what a depth file says where nothing was measured"""


def read_camera(path: Path) -> Camera:
    """The camera in a JSON with the keys KEYS; `missing` may be left out.

    UserError for a file that is not such a JSON.
    """
    try:
        data = read_json(path)
        values = [data[key] if key != "missing" else data.get(key, 0) for key in KEYS]
    except MALFORMED as error:
        raise UserError(f"camera {path} cannot be read ({error}); a JSON with {', '.join(KEYS)}")
    return check_camera(values, str(path))


def check_camera(values: Any, where: str) -> Camera:
    """The camera of six numbers; UserError, which names `where`, for anything else."""
    if not _are_numbers(values, 6):
        raise UserError(f"camera {where} has no six numbers; it needs {', '.join(KEYS)}")
    camera = Camera(*map(float, values))
    if min(camera.fx, camera.fy, camera.unit) <= 0:
        raise UserError(f"camera {where}: fx, fy and depth_unit_m must be above 0; correct them")
    return camera


def check_lens(camera: Camera, size: tuple[int, int], where: str) -> None:
    """UserError, which names `where`, for a camera that cannot have taken a photo of `size` (H, W):
    its angle of view is none, or its principal point is not inside. One for photos of half the
    width or less is not noticed.
    """
    height, width = size
    side = max(size)
    if not (SHORTEST * side < min(camera[:2]) and max(camera[:2]) < LONGEST * side):
        raise UserError(
            f"camera {where}: fx {camera.fx:g} and fy {camera.fy:g} fit no photo of {width} x "
            f"{height} pixels; give them in pixels of the photo"
        )
    # not on the sides: the middle of a photo twice as wide is there
    if not (0 < camera.cx < width - 1 and 0 < camera.cy < height - 1):
        raise UserError(
            f"camera {where}: cx {camera.cx:g} and cy {camera.cy:g} are outside of its photo of "
            f"{width} x {height} pixels, or on its sides; give them in pixels of the photo"
        )


def read_pose(path: Path) -> list[list[float]]:
    """The pose in a text file of four lines with four numbers; UserError for any other file."""
    try:
        rows = [[float(word) for word in line.split()] for line in _lines(path)]
    except (OSError, ValueError) as error:
        raise UserError(f"pose {path} cannot be read ({error}); four lines of four numbers")
    return check_pose(rows, str(path)).tolist()  # type: ignore[no-any-return]


def _lines(path: Path) -> list[str]:
    """The lines of a text file that are not empty."""
    text = require_file(path).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip()]


def check_pose(values: Any, where: str) -> np.ndarray:
    """A pose, float64 (4, 4), from camera to world; UserError, which names `where`, unless it is a
    rotation and a shift.
    """
    rows = values if isinstance(values, list | tuple | np.ndarray) else ()
    if len(rows) != 4 or not all(_are_numbers(row, 4) for row in rows):
        raise UserError(f"pose {where} is no matrix of 4 x 4 finite numbers; correct it")
    pose = np.array(values, np.float64)
    turn = pose[:3, :3]
    off = float(np.abs(turn @ turn.T - np.eye(3)).max())
    if off > TOLERANCE or np.linalg.det(turn) < 0 or pose[3].tolist() != [0, 0, 0, 1]:
        raise UserError(
            f"pose {where} is not a rotation and a shift: its rotation is off by {off:.2g}, its "
            f"determinant {np.linalg.det(turn):.2g}, its last row {pose[3].tolist()}; give the "
            "matrix from camera to world, without scale or mirroring"
        )
    return pose


def _are_numbers(values: Any, count: int) -> bool:
    """Whether these are so many finite numbers."""
    if not isinstance(values, Sequence | np.ndarray) or isinstance(values, str):
        return False
    plain = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    # an int may be too large for a float, and no comparison with nan is true
    return len(values) == count and plain and all(abs(v) <= sys.float_info.max for v in values)


def camera_of(photo: Photo) -> Camera:
    """The camera of a photo of an index; UserError for a photo without one."""
    values = photo.annotations.get("camera")
    if values is None:
        raise UserError(
            f"photo {photo.id} has no camera, and points need one; take the dataset 'rooms' or "
            "'rgbd' (docs/adding-a-dataset.md)"
        )
    return check_camera(values, f"of photo {photo.id}")


def pose_of(photo: Photo) -> np.ndarray | None:
    """The pose of a photo of an index, float64 (4, 4) from camera to world; None without one."""
    values = photo.annotations.get("pose")
    return None if values is None else check_pose(values, f"of photo {photo.id}")
