"""Reads photos, and reads and writes PNGs: label maps, maps of region ids, and grey maps.

A label map is a palette PNG: 0 background, 1.. classes, 255 ignore. A map of region ids, such as
superpixels, is a 16-bit grey PNG. A grey map, such as saliency, has 8 bits for 0..1.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from wsss.data.open_image import is_turned, open_image, turn_upright
from wsss.data.photo_values import to_rgb
from wsss.run.errors import UserError, raise_passing

IGNORE = 255
"""the label of pixels that losses and scores leave out"""
LARGEST_ID = 65_535
"""the largest id that a 16-bit PNG holds"""
OTHER_PHOTO = "replace the file or take its id out of the split"
"""the ways out, for messages"""
OTHER_FILE = "remake or replace it"


def read_photo(path: str | Path) -> np.ndarray:
    """The photo as uint8 RGB (H, W, 3), turned by its EXIF orientation.

    Every mode that PIL reads is converted (photo_values.py). UserError when the file does not
    decode.
    """
    with open_image(path, "photo", OTHER_PHOTO) as file:
        file.load()
        return np.array(turn_upright(file, to_rgb(file)))


def count_frames(path: str | Path) -> int:
    """The number of images in a file, such as the pages of a TIFF, of which the first is read.

    The further ones of a JPEG, which phones add, do not count, and neither do damaged ones.
    """
    try:
        with open_image(path, "photo", OTHER_PHOTO) as image:
            return 1 if image.format in ("JPEG", "MPO") else int(getattr(image, "n_frames", 1))
    except UserError as error:
        raise_passing(error)
        return 1


def photo_size(path: str | Path) -> tuple[int, int]:
    """(H, W) of a photo, turned by its EXIF orientation, from the header alone."""
    with open_image(path, "photo", OTHER_PHOTO) as image:
        width, height = image.size
        return (width, height) if is_turned(image) else (height, width)


def read_labels(path: str | Path) -> np.ndarray:
    """A label map, uint8 (H, W): its palette indices, or grey values of 1, 8 or 16 bits.

    UserError for other modes, for values above 255 and for damaged files.
    """
    with open_image(path, "label map", OTHER_FILE) as image:
        if image.mode not in ("P", "L", "1", "I;16"):
            raise UserError(
                f"label map {path} has mode {image.mode}; a palette or grey PNG is needed (python "
                "stages/convert_masks.py makes them of masks in colours)"
            )
        labels = np.array(image)
    if labels.max(initial=0) > IGNORE:
        raise UserError(
            f"label map {path} holds the value {labels.max()}, but labels are 0 to {IGNORE} "
            "(python stages/convert_masks.py makes them of other values)"
        )
    return labels.astype(np.uint8)


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
    with open_image(path, "map of region ids", OTHER_FILE) as image:
        if image.mode != "I;16":
            raise UserError(
                f"map of region ids {path} has mode {image.mode}; a 16-bit grey PNG is needed"
            )
        return np.array(image).astype(np.int32)


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
