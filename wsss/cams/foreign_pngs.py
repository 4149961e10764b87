"""Class maps out of grey PNGs of 8 or 16 bits."""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from wsss.run.errors import UserError

LARGEST = {"L": 255, "I;16": 65535, "I;16B": 65535, "I": 65535}
"""the value of white by PIL's mode; I is how some versions open 16 bits"""
DAMAGED = (OSError, UnidentifiedImageError, SyntaxError, ValueError, Image.DecompressionBombError)
"""what PIL raises for files that are no images, or far too large"""


def read_shares(path: Path) -> np.ndarray:
    """A map float32 (h, w) in 0..1, 1 where white; anything but a grey image is refused by name."""
    try:
        with Image.open(path) as image:
            if image.mode not in LARGEST:
                raise UserError(
                    f"class map {path} has mode {image.mode}; 8- or 16-bit grey is needed"
                )
            return np.asarray(image, np.float32) / LARGEST[image.mode]
    except DAMAGED as error:
        raise UserError(f"class map {path} cannot be read ({error}); make it anew")
