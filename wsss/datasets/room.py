"""Draws a furnished room, and takes photos of it, for the dataset `rooms`."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from wsss.data.camera import Camera
from wsss.datasets.ray_cast import Block, Hits, cast
from wsss.datasets.rgbd_settings import RoomsSettings
from wsss.datasets.rooms_furniture import CLASSES, CRATE, FURNITURE, Part

HEIGHT = 2.6
"""of a room, in metres"""
TRIES = 60
"""places that are tried for a piece of furniture, or for a camera"""


@dataclass(frozen=True)
class Solid:
    """A block with its object and its look."""

    block: Block
    label: int
    """0 for background"""
    item: int
    """number of the object that it is a part of, from 1"""
    look: np.ndarray
    """what `_paint` makes its texture of, float (9,)"""


@dataclass(frozen=True)
class Room:
    """A room: its walls, what stands in it, and a random look of walls, floor and ceiling."""

    walls: Block
    solids: tuple[Solid, ...]
    looks: np.ndarray
    """of the faces across x, y and z, float (3, 9)"""


@dataclass(frozen=True)
class Shot:
    """A photo of a room with all that is known of it."""

    photo: np.ndarray
    """uint8 (H, W, 3)"""
    mask: np.ndarray
    """uint8 (H, W), 0 background"""
    depth: np.ndarray
    """float (H, W), metres"""
    items: np.ndarray
    """number of the object at each pixel, int (H, W), 0 for none"""


def draw_room(rng: np.random.Generator, settings: RoomsSettings, first: int = 0) -> Room:
    """A room with furniture, one of it of the class `first`, and crates that do not overlap."""
    half = np.array([*rng.uniform(2.0, 2.7, 2), HEIGHT / 2])
    walls = Block(np.array([0, 0, HEIGHT / 2]), half)
    names = [CLASSES[first]]
    for _ in range(rng.integers(settings.furniture // 2, settings.furniture, endpoint=True) - 1):
        names.append(CLASSES[rng.integers(len(CLASSES))])
    crates = rng.integers(settings.crates, endpoint=True)
    places: list[tuple[np.ndarray, float]] = []
    solids: list[Solid] = []
    for item, name in enumerate([*names, *[""] * crates], start=1):
        parts = FURNITURE.get(name, CRATE)
        spot = _free_spot(rng, half, places, _radius(parts))
        if spot is None:
            continue
        places.append((spot, _radius(parts)))
        solids += _place(rng, parts, spot, CLASSES.index(name) + 1 if name else 0, item)
    return Room(walls, tuple(solids), np.stack([_wall_look(rng) for _ in range(3)]))


def _radius(parts: tuple[Part, ...]) -> float:
    """Of the circle on the floor around a piece of furniture."""
    return max(float(np.hypot(*part.size[:2])) / 2 for part in parts)


def _free_spot(
    rng: np.random.Generator,
    half: np.ndarray,
    places: list[tuple[np.ndarray, float]],
    radius: float,
) -> np.ndarray | None:
    """A random place (2,) on the floor where a circle fits; None where none was found."""
    for _ in range(TRIES):
        spot = rng.uniform(-half[:2] + 0.8 * radius, half[:2] - 0.8 * radius)
        if all(np.hypot(*(spot - other)) > 0.85 * (radius + size) for other, size in places):
            return spot
    return None


def _place(
    rng: np.random.Generator, parts: tuple[Part, ...], spot: np.ndarray, label: int, item: int
) -> list[Solid]:
    """The parts of an object at a place on the floor, turned at random."""
    yaw, body = rng.uniform(0, 2 * np.pi), _body_look(rng)
    solids = []
    for part in parts:
        turned = Block(np.zeros(3), np.ones(3), yaw).turn @ np.array(part.middle)
        block = Block(turned + np.array([*spot, 0]), np.array(part.size) / 2, yaw)
        look = body if part.colour is None else _plain_look(rng, np.array(part.colour))
        solids.append(Solid(block, label, item, look))
    return solids


def _body_look(rng: np.random.Generator) -> np.ndarray:
    """A brown or grey body with stripes, as furniture and crates have it."""
    colours = np.array([[150, 110, 80], [122, 120, 126], [172, 150, 110], [98, 84, 76]])
    colour = colours[rng.integers(4)] + rng.normal(size=3) * 10
    return np.array([*colour, rng.uniform(6, 20), *rng.uniform(8, 40, 3), *rng.uniform(0, 6, 2)])


def _plain_look(rng: np.random.Generator, colour: np.ndarray) -> np.ndarray:
    """A colour with hardly a pattern."""
    return np.array([*(colour + rng.normal(size=3) * 8), 4, 9, 9, 9, *rng.uniform(0, 6, 2)])


def _wall_look(rng: np.random.Generator) -> np.ndarray:
    """A light wall or a floor, with broad stripes."""
    colour = rng.uniform(110, 190) + rng.normal(size=3) * 16
    return np.array([*colour, rng.uniform(3, 14), *rng.uniform(2, 14, 3), *rng.uniform(0, 6, 2)])


def draw_poses(rng: np.random.Generator, room: Room, views: int) -> list[np.ndarray]:
    """Poses of cameras along the walls that look into the room; neighbours see the same objects."""
    turn = rng.uniform(0, 2 * np.pi)
    poses = []
    for view in range(views):
        angle = turn + 2 * np.pi * view / views
        poses.append(_pose(rng, room, angle))
    return poses


def _pose(rng: np.random.Generator, room: Room, angle: float) -> np.ndarray:
    """A pose at an angle around the room's middle, at a place that is not in or near an object."""
    for attempt in range(TRIES):
        way = np.array([np.cos(angle), np.sin(angle)]) * room.walls.half[:2]
        spread = 0.02 * attempt
        eye = np.array([*(way * rng.uniform(0.6, 0.85)), rng.uniform(1.3, 1.9) + spread / 2])
        eye[:2] += rng.normal(size=2) * spread
        if _is_free(room, eye):
            break
    aim = np.array([*rng.uniform(-0.5, 0.5, 2), rng.uniform(0.3, 0.7)])
    return look_at(eye, aim)


def _is_free(room: Room, eye: np.ndarray) -> bool:
    """Whether a camera at `eye` is inside of the room and 0.3 m away from all objects."""
    if (np.abs(room.walls.inside(eye[None])) > room.walls.half - 0.1).any():
        return False
    for solid in room.solids:
        if (np.abs(solid.block.inside(eye[None])) < solid.block.half + 0.3).all():
            return False
    return True


def look_at(eye: np.ndarray, aim: np.ndarray) -> np.ndarray:
    """The pose, float (4, 4), of an upright camera at `eye` (3,) that looks at `aim` (3,)."""
    ahead = (aim - eye) / np.linalg.norm(aim - eye)
    right = np.cross(ahead, [0, 0, 1])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3] = np.stack([right, np.cross(ahead, right), ahead, eye], axis=1)
    return pose


def take_photo(
    rng: np.random.Generator, room: Room, camera: Camera, pose: np.ndarray, size: tuple[int, int]
) -> Shot:
    """The photo of a room of `size` (H, W), with its mask, depth and objects."""
    blocks = [solid.block for solid in room.solids]
    hits = cast(room.walls, blocks, camera, pose, size)
    labels = np.array([0, *(solid.label for solid in room.solids)])
    items = np.array([0, *(solid.item for solid in room.solids)])
    colours = _paint(room, hits)
    blurred = ndimage.gaussian_filter(colours, (0.5, 0.5, 0))
    photo = np.clip(blurred + rng.normal(size=colours.shape) * 3, 0, 255).astype(np.uint8)
    return Shot(photo, labels[hits.block].astype(np.uint8), hits.depth, items[hits.block])


def _paint(room: Room, hits: Hits) -> np.ndarray:
    """The colours of the pixels, float (H, W, 3): a texture, darker on some faces and far away."""
    of_solids = np.array([solid.look for solid in room.solids]).reshape(-1, 9)
    looks = of_solids[np.maximum(hits.block - 1, 0)] if len(of_solids) else room.looks[hits.axis]
    looks = np.where(hits.block[..., None] > 0, looks, room.looks[hits.axis])
    waves = np.sin(hits.place * looks[..., 4:7] + looks[..., 7:8])
    fine = np.sin((hits.place * looks[..., 4:7] * 3.7).sum(axis=-1) + looks[..., 8])
    pattern = waves.sum(axis=-1) + 0.5 * fine
    light = np.array([0.82, 0.92, 1.05])[hits.axis] * (1.1 - 0.05 * hits.depth)
    painted: np.ndarray = (looks[..., :3] + looks[..., 3:4] * pattern[..., None]) * light[..., None]
    return painted
