"""Reads the user's masks and maps of what is salient, as tools write them.

The rules: images are read by their brightness, 255 salient. In a palette PNG with colours, such as
a label map, every value but 0 is salient. So it is in an image whose brightness is 0 and 1 alone.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from wsss.data.open_image import open_image
from wsss.data.photo_values import scale

SALIENT = 255


def read_brightness(path: Path, what: str, way_out: str) -> np.ndarray:
    """A mask or map, uint8 (H, W): 255 salient. UserError if it does not decode."""
    with open_image(path, what, way_out) as image:
        if image.mode == "P" and _has_colours(image):
            return _mark(np.asarray(image))
        if image.mode == "F" or image.mode.startswith("I"):
            return scale(image)
        grey = np.array(image.convert("L"))
    return _mark(grey) if grey.max() <= 1 else grey


def _has_colours(image: Image.Image) -> bool:
    """Whether a palette image shows any colour that is no grey."""
    pixels = np.asarray(image.convert("RGB"))
    return bool((pixels != pixels[..., :1]).any())


def _mark(values: np.ndarray) -> np.ndarray:
    """255 where a value is not 0."""
    return np.where(values > 0, SALIENT, 0).astype(np.uint8)
