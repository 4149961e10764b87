"""The dataset `mini`: small synthetic scenes in VOC layout, which depend on the settings alone.

They are hard in the ways of real photos. The bodies of all classes share their textures, so that
only one part of an object shows its class. Each class usually appears on one kind of ground. Rocks
have the textures of the bodies. Photos hold several objects, uneven light and noise, and are saved
as JPEG. Objects have a border of IGNORE in the masks.
"""

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from wsss.data.images import IGNORE, write_labels
from wsss.datasets.mini_settings import MiniSettings
from wsss.datasets.mini_shapes import SHAPES

GROUNDS = {
    "grass": (86, 130, 60),
    "water": (60, 110, 150),
    "sand": (196, 176, 128),
    "road": (118, 116, 114),
    "snow": (214, 218, 224),
    "soil": (120, 88, 62),
}
"""kind of ground -> its RGB colour"""
USUAL_GROUND = dict(zip(SHAPES, GROUNDS))
"""class -> the ground that it usually appears on"""


@dataclass
class Scene:
    """A synthetic photo with its annotations."""

    photo: np.ndarray
    """uint8 (H, W, 3)"""
    mask: np.ndarray
    """uint8 (H, W): 0 background, 1.. classes in the order of SHAPES, IGNORE at borders"""
    objects: list[tuple[str, np.ndarray]]
    """the class name and the visible pixels, bool (H, W), of each object that is not hidden"""


def write_mini(folder: str | Path, settings: MiniSettings) -> None:
    """Write the dataset in VOC layout, and the class names into `classes.txt`."""
    folder = Path(folder)
    for name in ("JPEGImages", "SegmentationClass", "Annotations", "ImageSets/Segmentation"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("\n".join(SHAPES) + "\n", encoding="utf-8")
    for split, count in (("train", settings.train), ("val", settings.val)):
        ids = [f"{split}_{n:04d}" for n in range(count)]
        for n, photo_id in enumerate(ids):
            rng = np.random.default_rng([settings.seed, split == "val", n])
            _write_scene(folder, photo_id, draw_scene(rng, settings, first=n % len(SHAPES)))
        (folder / "ImageSets" / "Segmentation" / f"{split}.txt").write_text(
            "\n".join(ids) + "\n", encoding="utf-8"
        )


def draw_scene(rng: np.random.Generator, settings: MiniSettings, first: int) -> Scene:
    """Draw a scene with an object of class `first`, an index into SHAPES, and up to
    `settings.more_objects` of any class.

    Later objects cover earlier ones, and may hide them entirely.
    """
    height, width = settings.height, settings.width
    more = rng.choice(len(SHAPES), rng.integers(0, settings.more_objects, endpoint=True))
    names = [list(SHAPES)[int(index)] for index in (first, *more)]
    usual = rng.random() < settings.context
    ground = USUAL_GROUND[names[0]] if usual else str(rng.choice(list(GROUNDS)))
    photo = _texture(rng, (height, width), np.array(GROUNDS[ground]), 14)
    mask = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(1, settings.rocks, endpoint=True)):
        _draw_rock(rng, photo)
    objects: list[tuple[str, np.ndarray]] = []
    for name in sorted(names, key=lambda _: rng.random()):
        body = _draw_object(rng, photo, mask, name)
        objects = [(other, pixels & ~body) for other, pixels in objects]
        objects.append((name, body))
    return Scene(_as_photo(rng, photo), mask, _visible_objects(objects, mask))


def _visible_objects(
    objects: list[tuple[str, np.ndarray]], mask: np.ndarray
) -> list[tuple[str, np.ndarray]]:
    """The objects without their pixels that are IGNORE in the mask; hidden objects are left out."""
    label = {name: number for number, name in enumerate(SHAPES, start=1)}
    visible: list[tuple[str, np.ndarray]] = []
    for name, body in objects:
        pixels = body & (mask == label[name])
        if pixels.any():
            visible.append((name, pixels))
    return visible


def _texture(
    rng: np.random.Generator, size: tuple[int, int], colour: np.ndarray, strength: float
) -> np.ndarray:
    """Smooth and fine noise around a colour (3,), float (H, W, 3); `strength` is in grey levels."""
    coarse = ndimage.gaussian_filter(rng.normal(size=size), 7) * 7
    fine = ndimage.gaussian_filter(rng.normal(size=size), 0.8)
    noise: np.ndarray = (coarse + fine)[..., None] * strength * rng.uniform(0.8, 1.2, 3)
    texture: np.ndarray = colour + noise
    return texture


def _body_texture(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """The texture of a body or a rock, float (H, W, 3): striped, spotted or plain."""
    colours = np.array([[150, 110, 80], [120, 120, 126], [172, 150, 110], [96, 84, 76]])
    colour = colours[rng.integers(4)]
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
    """Paint an uneven polygon at a random place into the photo, float (H, W, 3)."""
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
    """Paint an object of a class into photo and mask; returns its pixels, bool (H, W).

    Its place, its size and its side (mirrored or not) are random. The mask gets the label, and
    IGNORE along the outline.
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
    """The pixels inside a polygon, bool `size` (H, W); `points` are (n, 2), x before y."""
    canvas = Image.new("1", (size[1], size[0]))
    ImageDraw.Draw(canvas).polygon([(float(x), float(y)) for x, y in points], fill=1)
    return np.array(canvas)


def _as_photo(rng: np.random.Generator, photo: np.ndarray) -> np.ndarray:
    """Add uneven light, a slight blur and noise to a photo, float (H, W, 3); returns uint8."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[:height, :width]
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 + 0.18 * ((x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle))
    blurred = ndimage.gaussian_filter(photo * light[..., None], (0.6, 0.6, 0))
    clipped: np.ndarray = np.clip(blurred + rng.normal(size=photo.shape) * 4, 0, 255)
    return clipped.astype(np.uint8)


def _write_scene(folder: Path, photo_id: str, scene: Scene) -> None:
    """Write a scene's photo, mask and XML annotation."""
    Image.fromarray(scene.photo).save(folder / "JPEGImages" / f"{photo_id}.jpg", quality=92)
    write_labels(folder / "SegmentationClass" / f"{photo_id}.png", scene.mask)
    objects = "".join(_object_xml(name, pixels) for name, pixels in scene.objects)
    (folder / "Annotations" / f"{photo_id}.xml").write_text(
        f"<annotation>{objects}</annotation>\n", encoding="utf-8"
    )


def _object_xml(name: str, pixels: np.ndarray) -> str:
    """An object of a VOC annotation: its name, and its box, whose pixels count from 1."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)) + 1, np.flatnonzero(pixels.any(axis=0)) + 1
    box = {"xmin": columns[0], "ymin": rows[0], "xmax": columns[-1], "ymax": rows[-1]}
    sides = "".join(f"<{side}>{value}</{side}>" for side, value in box.items())
    return f"<object><name>{escape(name)}</name><bndbox>{sides}</bndbox></object>"
