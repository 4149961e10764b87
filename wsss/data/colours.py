"""The colours of classes in masks and pictures.

VOC's classes have VOC's colours. Other classes have colours that are as far from each other, from
black and from white as can be, also for colour-blind readers.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.color import rgb2lab

from wsss.data.images import IGNORE, voc_palette
from wsss.data.voc_classes import VOC_CLASSES

LEVELS = np.arange(0, 256, 17)
"""values of red, green and blue that are tried; but for 0 VOC's palette has none of them"""
CHROMA, LIGHTNESS = 40, (35, 92)
"""least chroma, and range of lightness, in CIELAB: colours that stand out from a photo"""
BLINDNESS = np.array(
    [
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ]
)
"""how linear red, green and blue look without red, green and blue cones: Machado, Oliveira and
Fernandes, A Physiologically-based Model for Simulation of Color Vision Deficiency (2009)"""


def class_colours(labels: Sequence[str]) -> np.ndarray:
    """The colour of each label id, uint8 (256, 3). `labels` are the names, background first.

    Background is black, and ignored pixels (255) have the colour that VOC gives them.
    """
    if tuple(labels[1:]) == VOC_CLASSES:
        return voc_palette()
    colours = voc_palette()
    colours[1:IGNORE] = distinct_colours(IGNORE - 1)
    return colours


@cache
def distinct_colours(count: int) -> np.ndarray:
    """Colours, uint8 (count, 3), each as far as can be from those before it and from black and
    white. The first ones do not depend on `count`.

    The distance of two colours is that in CIELAB, to the eyes to which they are most alike.
    """
    candidates = _bright(np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS), axis=-1).reshape(-1, 3))
    seen = see(candidates)
    nearest = np.full(len(candidates), np.inf)
    for anchor in see(np.array([[0, 0, 0], [255, 255, 255]])):
        nearest = np.minimum(nearest, _distance(seen, anchor))
    chosen = []
    for _ in range(count):
        best = int(nearest.argmax())
        chosen.append(best)
        nearest = np.minimum(nearest, _distance(seen, seen[best]))
    return candidates[chosen].astype(np.uint8)


def _bright(colours: np.ndarray) -> np.ndarray:
    """Those of the colours (n, 3) that stand out from a photo."""
    lightness, red, yellow = rgb2lab(colours / 255).T
    least, largest = LIGHTNESS
    chosen = (np.hypot(red, yellow) >= CHROMA) & (lightness >= least) & (lightness <= largest)
    bright: np.ndarray = colours[chosen]
    return bright


def see(colours: np.ndarray) -> np.ndarray:
    """How eyes see colours (n, 3) of 0..255: CIELAB, float64 (n, 4, 3). The first are those of most
    people, then those without red, green and blue cones.
    """
    srgb = colours / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    blind = np.clip(np.einsum("vij,nj->nvi", BLINDNESS, linear), 0, 1)
    again = np.where(blind <= 0.0031308, blind * 12.92, 1.055 * blind ** (1 / 2.4) - 0.055)
    lab: np.ndarray = rgb2lab(np.concatenate([srgb[:, None], again], axis=1))
    return lab


def _distance(seen: np.ndarray, one: np.ndarray) -> np.ndarray:
    """The distance (n,) of colours (n, 4, 3) from one (4, 3), to the eyes that see it smallest."""
    smallest: np.ndarray = np.linalg.norm(seen - one, axis=-1).min(axis=-1)
    return smallest


def write_coloured(path: str | Path, labels: np.ndarray, colours: np.ndarray) -> None:
    """Write a uint8 (H, W) label map as a palette PNG with colours, uint8 (256, 3)."""
    image = Image.fromarray(np.ascontiguousarray(labels, dtype=np.uint8))
    image.putpalette(colours.tobytes())
    image.save(path, format="PNG", compress_level=4)
