"""Converts photos of any mode to 8-bit RGB: numeric grey photos are scaled, transparent ones are
laid on white.
"""

import numpy as np
from PIL import Image

from wsss.run.errors import UserError

STATED_MAXIMUM = (341, 281)
"""TIFF's tags SMaxSampleValue and MaxSampleValue: the value that is white"""
LARGEST_OF_16 = 65_535
WHITE = (255, 255, 255, 255)


def to_rgb(image: Image.Image) -> Image.Image:
    """A loaded image in mode RGB, before its EXIF rotation.

    Grey photos of 16 or 32 bits, or of floats, are scaled by `find_white`. UserError for values
    that cannot be scaled.
    """
    if image.mode == "F" or image.mode.startswith("I"):
        return Image.fromarray(scale(image)).convert("RGB")
    if image.has_transparency_data:
        pixels = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", pixels.size, WHITE), pixels).convert("RGB")
    return image.convert("RGB")


def scale(image: Image.Image) -> np.ndarray:
    """Grey values in 8 bits, uint8 (H, W), of an image of numbers; rounded down."""
    values = np.asarray(image, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    white = find_white(image, high)
    if not (low >= 0 and high <= white):  # also where one of them is NaN
        raise UserError(
            f"photo {getattr(image, 'filename', '')} holds values from {low:g} to {high:g}, which "
            f"have no stated white; save it with 8 or 16 bits"
        )
    return (values * 255 / white).astype(np.uint8)


def find_white(image: Image.Image, high: float) -> float:
    """The value that is white in a grey image whose largest value is `high`.

    It is the maximum that a TIFF states. Without one it is the largest value of 16 bits, for floats
    1 or 255, and for whole numbers of 32 bits 255 or 65,535: the first that no pixel exceeds.
    """
    stated = _read_stated_maximum(image)
    if stated is not None:
        return stated
    if image.mode == "F":
        return 1.0 if high <= 1 else 255.0
    return 255.0 if image.mode == "I" and high <= 255 else float(LARGEST_OF_16)


def _read_stated_maximum(image: Image.Image) -> float | None:
    """The white value in a TIFF's tags; None without such a tag, or with one that says nothing."""
    tags = getattr(image, "tag_v2", {})
    for tag in STATED_MAXIMUM:
        value = tags.get(tag)
        value = value[0] if isinstance(value, tuple) and value else value
        if isinstance(value, int | float) and value > 0:
            return float(value)
    return None
