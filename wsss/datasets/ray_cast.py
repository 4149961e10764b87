"""Casts rays into a room of upright blocks: what each pixel sees, how far away, and where.

Rays have a length of 1 along the camera's axis, so the distance along a ray is the depth. The room
is a block that is seen from within.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from wsss.data.camera import Camera

NEAR = 0.05
"""metres ahead of a camera, from which points are projected"""


@dataclass(frozen=True)
class Block:
    """A block that stands upright, turned around the vertical axis."""

    middle: np.ndarray
    """float (3,), metres"""
    half: np.ndarray
    """half of its sizes, float (3,)"""
    yaw: float = 0.0
    """its turn in radians"""

    @property
    def turn(self) -> np.ndarray:
        """The rotation from the block to the world, (3, 3)."""
        cos, sin = np.cos(self.yaw), np.sin(self.yaw)
        return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])

    def inside(self, points: np.ndarray) -> np.ndarray:
        """World points (..., 3) in the block's own axes."""
        local: np.ndarray = (points - self.middle) @ self.turn
        return local


class Hits(NamedTuple):
    """What the pixels of a photo (H, W) show."""

    depth: np.ndarray
    """float (H, W), metres along the camera's axis"""
    block: np.ndarray
    """number of the block, int (H, W)"""
    axis: np.ndarray
    """the axis of the block, 0 to 2, across which the face lies that is seen, int (H, W)"""
    place: np.ndarray
    """the point in the block's axes, float (H, W, 3)"""


def rays(camera: Camera, pose: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The rays of all pixels of a photo of `size` (H, W) in the world, float (H, W, 3)."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    across = (columns - camera.cx) / camera.fx
    down = (rows - camera.cy) / camera.fy
    turned: np.ndarray = np.stack([across, down, np.ones(size)], axis=-1) @ pose[:3, :3].T
    return turned


def cast(
    room: Block, blocks: Sequence[Block], camera: Camera, pose: np.ndarray, size: tuple[int, int]
) -> Hits:
    """What a photo of `size` (H, W) shows: block 0 is the room, others follow."""
    eye, ways = pose[:3, 3], rays(camera, pose, size)
    _, leave = _span(room, eye, ways)
    depth, axis = leave.min(axis=-1), leave.argmin(axis=-1)
    number = np.zeros(size, int)
    for n, block in enumerate(blocks, start=1):
        part = _pixels(block, camera, pose)
        enter, leave = _span(block, eye, ways[part])
        first = enter.max(axis=-1)
        hit = (first > 0) & (first < leave.min(axis=-1)) & (first < depth[part])
        depth[part] = np.where(hit, first, depth[part])
        axis[part] = np.where(hit, enter.argmax(axis=-1), axis[part])
        number[part] = np.where(hit, n, number[part])
    points = eye + depth[..., None] * ways
    return Hits(depth, number, axis, _places([room, *blocks], number, points))


def _pixels(block: Block, camera: Camera, pose: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of the pixels that a block may be seen in."""
    signs = np.array(list(product((-1, 1), repeat=3)))
    corners = block.middle + (signs * block.half) @ block.turn.T
    ahead = (corners - pose[:3, 3]) @ pose[:3, :3]
    if (ahead[:, 2] < NEAR).any():
        return slice(None), slice(None)
    across = camera.fx * ahead[:, 0] / ahead[:, 2] + camera.cx
    down = camera.fy * ahead[:, 1] / ahead[:, 2] + camera.cy
    return _range(down), _range(across)


def _range(places: np.ndarray) -> slice:
    """The pixels around these places along one side of a photo."""
    return slice(max(0, int(places.min())), max(0, int(places.max()) + 2))


def _span(block: Block, eye: np.ndarray, ways: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where rays (..., 3) enter and leave the three slabs of a block, float (..., 3) each."""
    start, way = block.inside(eye[None])[0], ways @ block.turn
    way = np.where(np.abs(way) < 1e-12, 1e-12, way)
    low, high = (-block.half - start) / way, (block.half - start) / way
    return np.minimum(low, high), np.maximum(low, high)


def _places(blocks: Sequence[Block], number: np.ndarray, points: np.ndarray) -> np.ndarray:
    """World points (H, W, 3), each in the axes of its block."""
    places = np.empty_like(points)
    for n, block in enumerate(blocks):
        of = number == n
        places[of] = block.inside(points[of])
    return places
