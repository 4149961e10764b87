"""Reads depth files: PNGs of 16 bits, TIFFs of floats, and .npy, with the camera's unit."""

from pathlib import Path
from typing import Any

import numpy as np

from wsss.data.camera import Camera, camera_of
from wsss.data.index import Index
from wsss.data.npy import read_npy
from wsss.data.open_image import open_image
from wsss.data.photo import Photo
from wsss.run.errors import UserError

ENDINGS = (".png", ".tif", ".tiff", ".npy")
MODES = ("I;16", "I;16L", "I;16B", "I", "F")
"""modes of PIL that hold more than 8 bits"""
NEAREST = 0.05
"""metres; a photo whose farthest point is nearer has another unit than its camera says"""


def read_raw_depth(path: Path) -> np.ndarray:
    """The numbers of a depth file, (H, W); UserError for numbers of less than 16 bits."""
    if path.suffix.lower() == ".npy":
        values = read_npy(path)
        if isinstance(values, dict) or values.ndim != 2:
            raise UserError(f"depth {path} is no array of two axes; save it as (H, W)")
        return values
    with open_image(path, "depth", "make it again") as image:
        if image.mode not in MODES:
            raise UserError(
                f"depth {path} has mode {image.mode}; a PNG of 16 bits, a TIFF of floats or a .npy "
                "is needed"
            )
        return np.array(image)


def read_depth(path: Path, camera: Camera) -> np.ndarray:
    """Depths along the camera's axis in metres, float32 (H, W), 0 where nothing was measured."""
    return to_metres(read_raw_depth(path), camera)


def to_metres(raw: np.ndarray, camera: Camera) -> np.ndarray:
    """Numbers of a depth file in metres, float32; 0 for `missing`, not finite and negative ones."""
    values = raw.astype(np.float64)
    known = np.isfinite(values) & (values != camera.missing) & (values > 0)
    return np.where(known, values * camera.unit, 0).astype(np.float32)


def look_at_depth(path: Path) -> list[Any]:
    """[H, W, the largest finite number, the largest below it] of a depth file; 0 for none.

    Two numbers, because the largest may be the one that stands for missing values.
    """
    raw = read_raw_depth(path).astype(np.float64)
    finite = raw[np.isfinite(raw)]
    largest = finite.max(initial=0)
    return [*raw.shape, float(largest), float(finite[finite < largest].max(initial=0))]


def check_depth(
    path: Path, seen: list[Any], camera: Camera, size: tuple[int, int], farthest: float
) -> None:
    """UserError for a depth file that does not fit its photo of `size` (H, W), and where it has no
    depth, or in another unit than the camera says. `seen` is what `look_at_depth` says of it.
    """
    height, width, largest, second = seen
    if (height, width) != size:
        raise UserError(
            f"depth {path} is {width} x {height} pixels but its photo is {size[1]} x {size[0]}; "
            "replace one of them"
        )
    reach = (second if largest == camera.missing else largest) * camera.unit
    if not reach:
        raise UserError(
            f"depth {path} has no measured pixel (missing is {camera.missing:g}); replace it, or "
            "take its photo out of its list"
        )
    if reach > farthest or reach < NEAREST:
        raise UserError(
            f"depth reaches {reach:,.4g} m in {path}: is the unit right? Correct depth_unit_m "
            f"({camera.unit:g}) or missing ({camera.missing:g}) of its camera, or for farther "
            f"scenes rgbd.farthest ({farthest:g})"
        )


def depth_of(index: Index, photo: Photo) -> np.ndarray | None:
    """The depth of a photo of an index in metres, float32 (H, W), 0 where nothing was measured;
    None for a photo without depth.
    """
    path = index.annotation_path(photo, "depth")
    return None if path is None else read_depth(path, camera_of(photo))
