"""The dataset `mini`: small drawn scenes in VOC layout, the same on every machine for equal
settings.

Made hard in the ways real photos are: bodies of all classes share their textures, so only one part
of an object tells its class; each class has a place where it usually stands; rocks with the same
textures are strewn about; photos hold several objects, are lit unevenly, noisy, and saved as JPEG.
Masks have a void border.
"""

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from wsss.data.images import IGNORE, write_labels
from wsss.data.mini_settings import MiniSettings
from wsss.data.mini_shapes import SHAPES

PLACES = {
    "grass": (86, 130, 60),
    "water": (60, 110, 150),
    "sand": (196, 176, 128),
    "road": (118, 116, 114),
    "snow": (214, 218, 224),
    "soil": (120, 88, 62),
}
USUAL_PLACE = dict(zip(SHAPES, PLACES))


@dataclass
class Scene:
    """A photo uint8 (H, W, 3), its mask uint8 (H, W), and the visible pixels, bool (H, W), of each
    object by class name.
    """

    photo: np.ndarray
    mask: np.ndarray
    objects: list[tuple[str, np.ndarray]]


def write_mini(folder: str | Path, settings: MiniSettings) -> None:
    """Write the whole dataset in VOC layout, with `classes.txt` beside."""
    folder = Path(folder)
    for name in ("JPEGImages", "SegmentationClass", "Annotations", "ImageSets/Segmentation"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("\n".join(SHAPES) + "\n")
    for split, count in (("train", settings.train), ("val", settings.val)):
        ids = [f"{split}_{k:04d}" for k in range(count)]
        for k, photo_id in enumerate(ids):
            rng = np.random.default_rng([settings.seed, split == "val", k])
            _write_scene(folder, photo_id, draw_scene(rng, settings, first=k % len(SHAPES)))
        (folder / "ImageSets" / "Segmentation" / f"{split}.txt").write_text("\n".join(ids) + "\n")


def draw_scene(rng: np.random.Generator, settings: MiniSettings, first: int) -> Scene:
    """One scene; the class number `first` is drawn in it, though another object may cover it."""
    height, width = settings.height, settings.width
    chosen = [
        first,
        *rng.choice(len(SHAPES), rng.integers(0, settings.more_objects, endpoint=True)),
    ]
    names = [list(SHAPES)[int(k)] for k in chosen]
    usual = rng.random() < settings.context
    place = USUAL_PLACE[names[0]] if usual else str(rng.choice(list(PLACES)))
    photo = _texture(rng, (height, width), np.array(PLACES[place]), 14)
    mask = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(1, settings.rocks, endpoint=True)):
        _draw_rock(rng, photo)
    objects: list[tuple[str, np.ndarray]] = []
    for name in sorted(names, key=lambda _: rng.random()):
        body = _draw_object(rng, photo, mask, name)
        objects = [*((other, part & ~body) for other, part in objects), (name, body)]
    number = {name: k for k, name in enumerate(SHAPES, start=1)}
    visible: list[tuple[str, np.ndarray]] = []
    for name, body in objects:
        part = body & (mask == number[name])
        if part.any():
            visible.append((name, part))
    return Scene(_as_photo(rng, photo), mask, visible)


def _texture(
    rng: np.random.Generator, size: tuple[int, int], colour: np.ndarray, strength: float
) -> np.ndarray:
    """Smooth and fine noise around a colour, float (H, W, 3)."""
    coarse = ndimage.gaussian_filter(rng.normal(size=size), 7) * 7
    fine = ndimage.gaussian_filter(rng.normal(size=size), 0.8)
    noise: np.ndarray = (coarse + fine)[..., None] * strength * rng.uniform(0.8, 1.2, 3)
    texture: np.ndarray = colour + noise
    return texture


def _body_texture(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """What bodies and rocks are made of: one of a few earthy colours, with stripes, spots or
    neither.
    """
    colour = np.array([[150, 110, 80], [120, 120, 126], [172, 150, 110], [96, 84, 76]])[
        rng.integers(4)
    ]
    base = _texture(rng, size, colour + rng.normal(size=3) * 10, 10)
    y, x = np.mgrid[: size[0], : size[1]]
    angle, wave = rng.uniform(0, np.pi), rng.uniform(0.4, 0.9)
    kind = rng.integers(3)
    if kind == 0:
        base += 14 * np.sin(wave * (x * np.cos(angle) + y * np.sin(angle)))[..., None]
    elif kind == 1:
        base += 16 * (np.sin(wave * x) * np.sin(wave * y))[..., None]
    return base


def _draw_rock(rng: np.random.Generator, photo: np.ndarray) -> None:
    height, width = photo.shape[:2]
    centre = rng.uniform((0, 0), (width, height))
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    radius = rng.uniform(0.05, 0.13) * width * rng.uniform(0.7, 1.1, 9)
    points = centre + np.stack([np.cos(angles) * radius, 0.7 * np.sin(angles) * radius], axis=1)
    inside = _polygon(photo.shape[:2], points)
    photo[inside] = _body_texture(rng, photo.shape[:2])[inside]


def _draw_object(
    rng: np.random.Generator, photo: np.ndarray, mask: np.ndarray, name: str
) -> np.ndarray:
    """Paint an object of a class at a random place, size and side; its pixels, which it gives, and
    a void border go into the mask.
    """
    height, width = photo.shape[:2]
    size = rng.uniform(0.3, 0.62) * height
    corner = rng.uniform((0.02 * width, 0.05 * height), (0.98 * width - size, 0.97 * height - size))
    mirrored = rng.random() < 0.5
    body = np.zeros((height, width), bool)
    for part in SHAPES[name]:
        points = np.array(part.points, np.float64)
        points[:, 0] = 1 - points[:, 0] if mirrored else points[:, 0]
        inside = _polygon((height, width), corner + points * size)
        fill = (
            _body_texture(rng, (height, width))
            if part.colour is None
            else _texture(rng, (height, width), np.array(part.colour) + rng.normal(size=3) * 8, 8)
        )
        photo[inside] = fill[inside]
        body |= inside
    edge = ndimage.binary_dilation(body) & ~ndimage.binary_erosion(body)
    mask[body] = list(SHAPES).index(name) + 1
    mask[edge] = IGNORE
    return body


def _polygon(size: tuple[int, int], points: np.ndarray) -> np.ndarray:
    canvas = Image.new("1", (size[1], size[0]))
    ImageDraw.Draw(canvas).polygon([(float(x), float(y)) for x, y in points], fill=1)
    return np.array(canvas)


def _as_photo(rng: np.random.Generator, photo: np.ndarray) -> np.ndarray:
    """Uneven light, a slight blur and noise, as uint8."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[:height, :width]
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 + 0.18 * ((x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle))
    photo = (
        ndimage.gaussian_filter(photo * light[..., None], (0.6, 0.6, 0))
        + rng.normal(size=photo.shape) * 4
    )
    clipped: np.ndarray = np.clip(photo, 0, 255)
    return clipped.astype(np.uint8)


def _write_scene(folder: Path, photo_id: str, scene: Scene) -> None:
    Image.fromarray(scene.photo).save(folder / "JPEGImages" / f"{photo_id}.jpg", quality=92)
    write_labels(folder / "SegmentationClass" / f"{photo_id}.png", scene.mask)
    objects = "".join(_object(name, body) for name, body in scene.objects)
    (folder / "Annotations" / f"{photo_id}.xml").write_text(f"<annotation>{objects}</annotation>\n")


def _object(name: str, body: np.ndarray) -> str:
    """An object of a VOC annotation: its name, and its box in pixels counted from 1."""
    rows, columns = np.flatnonzero(body.any(axis=1)) + 1, np.flatnonzero(body.any(axis=0)) + 1
    box = {"xmin": columns[0], "ymin": rows[0], "xmax": columns[-1], "ymax": rows[-1]}
    sides = "".join(f"<{side}>{value}</{side}>" for side, value in box.items())
    return f"<object><name>{escape(name)}</name><bndbox>{sides}</bndbox></object>"
