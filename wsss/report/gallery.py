"""The picture files of a report: each photo once, and each step's artifact as a layer, a PNG with
transparent background that the page shows over the photo. A label map has a second layer, its
outlines.
"""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image
from scipy.ndimage import maximum_filter, minimum_filter

from wsss.data.artifacts import Artifact
from wsss.data.backgrounds import upsample
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.report.picture import label_panel

THUMB = 160
"""longer side of the pictures in the overview, in pixels"""
LEVELS = 64
"""number of colours of a heat map"""
WIDTH = 2
"""width of an outline on each side of a border, in pixels of the layer"""


def save_photo(
    folder: Path, photo: np.ndarray, pixels: int, shown: np.ndarray | None, colours: np.ndarray
) -> None:
    """Write photo.jpg, with a longer side of `pixels`, and thumb.jpg, with the labels `shown`
    (uint8 (H, W)) over the photo in their `colours` (uint8 (256, 3)).
    """
    folder.mkdir(parents=True)
    _shrink(Image.fromarray(photo), pixels, Image.Resampling.LANCZOS).save(
        folder / "photo.jpg", quality=82
    )
    small = np.asarray(_shrink(Image.fromarray(photo), THUMB, Image.Resampling.LANCZOS))
    if shown is not None:
        labels = Image.fromarray(np.ascontiguousarray(shown)).resize(
            small.shape[1::-1], Image.Resampling.NEAREST
        )
        small = label_panel(small, np.asarray(labels), colours)
    Image.fromarray(small).save(folder / "thumb.jpg", quality=80)


def save_layer(
    path: Path, artifact: Artifact, pixels: int, colours: np.ndarray, grey: bool = False
) -> None:
    """Write an artifact as a PNG: a score map as a heat map on its own grid, a saliency map
    (`grey`) in grey, a label map in `colours` (uint8 (256, 3)), with its outlines in NAME-outline.
    """
    if isinstance(artifact, ScoreMap):
        heat_layer(artifact).save(path, format="PNG", optimize=True)
        return
    layer = _shrink(Image.fromarray(artifact), pixels, Image.Resampling.NEAREST)
    if grey:
        layer.save(path, format="PNG", optimize=True)
        return
    outlines = Image.fromarray(find_outlines(np.asarray(layer)))
    outline_path = path.with_stem(f"{path.stem}-outline")
    colour_labels(outlines, colours).save(outline_path, format="PNG", optimize=True)
    colour_labels(layer, colours).save(path, format="PNG", optimize=True)


def find_outlines(labels: np.ndarray) -> np.ndarray:
    """The labels, uint8 (H, W), near borders between labels, and 0 elsewhere."""
    size = 2 * WIDTH + 1
    near = maximum_filter(labels, size) != minimum_filter(labels, size)
    return np.where(near, labels, 0).astype(np.uint8)


def heat_layer(item: ScoreMap) -> Image.Image:
    """The largest class score of each cell, from transparent blue (0) to red (1)."""
    rows, columns = item.scores.shape[1:]
    scores = upsample(item, (rows, columns))[item.labels > 0]
    heat = np.clip(scores.max(axis=0, initial=0.0), 0, 1)
    layer = Image.fromarray(np.rint(heat * (LEVELS - 1)).astype(np.uint8))
    colours = matplotlib.colormaps["turbo"](np.linspace(0, 1, LEVELS))[:, :3] * 255
    return _with_palette(
        layer, colours.astype(np.uint8), np.linspace(60, 255, LEVELS).astype(np.uint8)
    )


def colour_labels(labels: Image.Image, colours: np.ndarray) -> Image.Image:
    """Labels in colours, uint8 (256, 3): background transparent, ignored pixels white."""
    palette, opacity = colours.copy(), np.full(256, 255, np.uint8)
    palette[IGNORE], opacity[0] = 255, 0
    return _with_palette(labels, palette, opacity)


def _with_palette(layer: Image.Image, colours: np.ndarray, opacity: np.ndarray) -> Image.Image:
    """Give a palette image `colours` uint8 (n, 3) and `opacity` uint8 (n,)."""
    layer.putpalette(colours.tobytes())
    layer.info["transparency"] = opacity.tobytes()
    return layer


def _shrink(image: Image.Image, longer: int, how: Image.Resampling) -> Image.Image:
    """The image with a longer side of `longer` pixels; a smaller image keeps its size."""
    scale = longer / max(image.size)
    if scale >= 1:
        return image
    return image.resize(
        (max(1, round(image.width * scale)), max(1, round(image.height * scale))), how
    )
