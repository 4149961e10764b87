"""Reads class maps from grey PNGs of 8 or 16 bits."""

from pathlib import Path

import numpy as np

from wsss.data.open_image import open_image
from wsss.run.errors import UserError

LARGEST = {"L": 255, "I;16": 65535, "I;16B": 65535, "I": 65535}
"""PIL's mode -> the value of white; some versions of PIL open 16 bits as I"""


def read_png(path: Path) -> np.ndarray:
    """A map float32 (h, w): 0 is black, 1 is white. UserError unless it is a grey image."""
    with open_image(path, "class map", "export it again") as image:
        if image.mode not in LARGEST:
            raise UserError(f"class map {path} has mode {image.mode}; 8- or 16-bit grey is needed")
        return np.asarray(image, np.float32) / LARGEST[image.mode]
