"""Readers of photos, label maps and maps of numbers, and writers of the last two.

A label map is a palette PNG: 0 background, 1.. classes, 255 ignore. A map of numbers, such as
superpixels, is a 16-bit grey PNG.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from wsss.run.errors import UserError

IGNORE = 255
LARGEST_ID = 65_535
"""the largest number that a 16-bit PNG holds"""


def read_photo(path: str | Path) -> np.ndarray:
    """The photo as uint8 RGB (H, W, 3), turned as its EXIF tag says.

    Any mode PIL reads; 16-bit is scaled to 8.
    """
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file)
            if image.mode.startswith("I"):
                return np.repeat(
                    (np.asarray(image, dtype=np.float64) / 257).astype(np.uint8)[..., None],
                    3,
                    axis=2,
                )
            return np.array(image.convert("RGB"))
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise UserError(
            f"photo {path} cannot be read ({error}); replace the file or take its id out of the "
            "split"
        )


def photo_size(path: str | Path) -> tuple[int, int]:
    """(H, W) of a photo after its EXIF rotation, from the header alone."""
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            return (width, height) if turned else (height, width)
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise UserError(
            f"photo {path} cannot be read ({error}); replace the file or take its id out of the "
            "split"
        )


def read_labels(path: str | Path) -> np.ndarray:
    """A label map as uint8 (H, W): the palette indices (or grey values) as they are, never decoded
    to colours.
    """
    try:
        with Image.open(path) as image:
            if image.mode not in ("P", "L"):
                raise UserError(
                    f"label map {path} has mode {image.mode}; a palette or 8-bit grey PNG is needed"
                )
            return np.array(image, dtype=np.uint8)
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise UserError(f"label map {path} cannot be read ({error}); remake or replace it")


def write_labels(path: str | Path, labels: np.ndarray) -> None:
    """Write a uint8 (H, W) label map as a palette PNG with the VOC colours."""
    image = Image.fromarray(np.ascontiguousarray(labels, dtype=np.uint8))
    image.putpalette(voc_palette().tobytes())
    image.save(path, format="PNG", optimize=False, compress_level=4)


def write_grey(path: str | Path, shares: np.ndarray) -> None:
    """Write float (H, W) in 0..1 as an 8-bit grey PNG."""
    pixels = np.clip(np.rint(shares * 255), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path, format="PNG", compress_level=4)


def read_ids(path: str | Path) -> np.ndarray:
    """A map of numbers, such as superpixels, as int32 (H, W). Only a 16-bit grey PNG is one."""
    try:
        with Image.open(path) as image:
            if image.mode != "I;16":
                raise UserError(
                    f"map of numbers {path} has mode {image.mode}; a 16-bit grey PNG is needed"
                )
            return np.array(image).astype(np.int32)
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise UserError(f"map of numbers {path} cannot be read ({error}); remake or replace it")


def write_ids(path: str | Path, ids: np.ndarray) -> None:
    """Write whole numbers (H, W) from 0 to 65,535 as a 16-bit grey PNG; others are refused."""
    least, largest = int(ids.min()), int(ids.max())
    if least < 0 or largest > LARGEST_ID:
        raise UserError(
            f"map of numbers {Path(path).name} would go from {least} to {largest}, and "
            f"a 16-bit PNG from 0 to {LARGEST_ID}; make fewer regions"
        )
    image = Image.fromarray(np.ascontiguousarray(ids, dtype=np.uint16))
    image.save(path, format="PNG", compress_level=4)


def voc_palette() -> np.ndarray:
    """The 256 VOC colours as uint8 (256, 3): bit b of a class id becomes bit 7 - b//3 of channel b
    % 3.
    """
    ids = np.arange(256, dtype=np.int64)
    palette = np.zeros((256, 3), dtype=np.int64)
    for bit in range(8):
        palette[:, bit % 3] |= ((ids >> bit) & 1) << (7 - bit // 3)
    return palette.astype(np.uint8)
