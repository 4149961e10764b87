"""Reads photos, and reads and writes PNGs: label maps, maps of region ids, and grey maps.

A label map is a palette PNG: 0 background, 1.. classes, 255 ignore. A map of region ids, such as
superpixels, is a 16-bit grey PNG. A grey map, such as saliency, has 8 bits for 0..1.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from wsss.run.errors import UserError

IGNORE = 255
"""the label of pixels that losses and scores leave out"""
ORIENTATION = 0x0112
"""EXIF's tag of a photo's orientation"""
QUARTER_TURNS = (5, 6, 7, 8)
"""the orientations that exchange height and width"""
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
"""the formats that are opened, whatever a file's name says. PIL knows more, and starts programs for
some, such as Ghostscript for EPS. JPEG includes MPO, which some cameras write into .jpg"""
LARGEST_ID = 65_535
"""the largest id that a 16-bit PNG holds"""


def open_image(path: str | Path) -> Image.Image:
    """A file of one of FORMATS, opened by PIL; it raises what PIL does."""
    return Image.open(path, formats=FORMATS)


def read_photo(path: str | Path) -> np.ndarray:
    """The photo as uint8 RGB (H, W, 3), after its EXIF rotation.

    Every mode that PIL reads is converted; 16-bit grey is scaled to 8 bits. UserError when the
    file does not decode.
    """
    try:
        with open_image(path) as file:
            image = ImageOps.exif_transpose(file)
            if image.mode.startswith("I"):  # 16-bit grey, which PIL's convert would clip
                grey = (np.asarray(image, dtype=np.float64) / 257).astype(np.uint8)
                return np.repeat(grey[..., None], 3, axis=2)
            return np.array(image.convert("RGB"))
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise UserError(
            f"photo {path} cannot be read ({error}); replace the file or take its id out of the "
            "split"
        )


def photo_size(path: str | Path) -> tuple[int, int]:
    """(H, W) of a photo after its EXIF rotation, from the header alone."""
    try:
        with open_image(path) as image:
            width, height = image.size
            turned = image.getexif().get(ORIENTATION, 1) in QUARTER_TURNS
            return (width, height) if turned else (height, width)
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise UserError(
            f"photo {path} cannot be read ({error}); replace the file or take its id out of the "
            "split"
        )


def read_labels(path: str | Path) -> np.ndarray:
    """A label map, uint8 (H, W): its palette indices or 8-bit grey values.

    UserError for other modes and for damaged files.
    """
    try:
        with open_image(path) as image:
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
    """A map of region ids, such as superpixels, int32 (H, W).

    UserError for everything but a 16-bit grey PNG.
    """
    try:
        with open_image(path) as image:
            if image.mode != "I;16":
                raise UserError(
                    f"map of region ids {path} has mode {image.mode}; a 16-bit grey PNG is needed"
                )
            return np.array(image).astype(np.int32)
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise UserError(f"map of region ids {path} cannot be read ({error}); remake or replace it")


def write_ids(path: str | Path, ids: np.ndarray) -> None:
    """Write region ids, integers (H, W), as a 16-bit grey PNG; UserError outside 0..65,535."""
    least, largest = int(ids.min()), int(ids.max())
    if least < 0 or largest > LARGEST_ID:
        raise UserError(
            f"the region ids of {Path(path).name} go from {least} to {largest}, but a 16-bit PNG "
            f"holds 0 to {LARGEST_ID}; make fewer regions"
        )
    image = Image.fromarray(np.ascontiguousarray(ids, dtype=np.uint16))
    image.save(path, format="PNG", compress_level=4)


def voc_palette() -> np.ndarray:
    """The 256 VOC colours, uint8 (256, 3).

    Bit b of a class id becomes bit 7 - b // 3 of channel b % 3.
    """
    ids = np.arange(256, dtype=np.int64)
    palette = np.zeros((256, 3), dtype=np.int64)
    for bit in range(8):
        palette[:, bit % 3] |= ((ids >> bit) & 1) << (7 - bit // 3)
    return palette.astype(np.uint8)
