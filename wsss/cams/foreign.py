"""Class maps that somebody else's code made, brought into the form of this program's own.

Maps of classes that the photo is not tagged with are left out, and values below 0 are cut. Maps
finer than the settings' stride are averaged to it. With a background they become `prob` maps, else
`cam` maps.
"""

import math
from pathlib import Path

import numpy as np

from wsss.cams.foreign_layouts import FILES, Channels, FoundMaps, find_maps
from wsss.cams.foreign_settings import ForeignMapSettings
from wsss.cams.map_source import MapRequest, ReadMap
from wsss.data.maps import ScoreMap
from wsss.data.resize import resize_scores
from wsss.run.errors import UserError

EPSILON = 1e-5
"""a maximum below it is noise and is not brought to 1"""
ROUNDING = 1e-3
"""by so much a stored map may exceed 1"""


def read_foreign_map(photo: MapRequest, settings: ForeignMapSettings) -> ReadMap:
    """The map of a photo out of the settings' folder.

    Refused by name are files that cannot be read, maps of another aspect ratio than the photo's,
    values that are not finite and, as the settings say, tags without a map.
    """
    wanted = _wanted(photo, settings)
    found = find_maps(_folder(settings), photo.id, wanted, settings.layout)
    absent = _absent(photo, wanted, found, settings)
    scores = _stack(photo, wanted, found, settings.stride)
    labels = np.array(wanted.channels, np.int64)
    if settings.background:
        item = ScoreMap("prob", labels, _shares(scores), photo.size)
    else:
        item = ScoreMap("cam", labels + 1, _normalise(scores, settings, found), photo.size)
    others = set(found.maps) - set(wanted.channels) if found else set()
    return ReadMap(item, len(others), absent)


def _folder(settings: ForeignMapSettings) -> Path:
    if settings.folder is None or not Path(settings.folder).is_dir():
        raise UserError(
            f"setting 'folder' is '{settings.folder}', which is not a folder; name the "
            "one with your class maps"
        )
    return Path(settings.folder)


def _wanted(photo: MapRequest, settings: ForeignMapSettings) -> Channels:
    tags = tuple(sorted(photo.tags))
    if settings.background:
        return Channels(("background", *photo.classes), (0, *tags))
    return Channels(photo.classes, tuple(tag - 1 for tag in tags))


def _absent(
    photo: MapRequest, wanted: Channels, found: FoundMaps | None, settings: ForeignMapSettings
) -> int:
    """How many of the photo's tags have no map, where the settings let them be zero."""
    there = found.maps if found else {}
    tags = wanted.channels[1:] if settings.background else wanted.channels
    absent = [wanted.names[n] for n in tags if n not in there]
    where = found.path if found else f"{settings.folder} ({FILES[settings.layout]})"
    if absent and settings.missing == "refuse":
        raise UserError(
            f"photo {photo.id} has no map of '{absent[0]}' in {where}; add it, take "
            "the tag away, or take 'missing: zero'"
        )
    if there and settings.background and 0 not in there:
        raise UserError(f"{where} has no map of the background; take 'background: false'")
    return len(absent)


def _stack(photo: MapRequest, wanted: Channels, found: FoundMaps | None, stride: int) -> np.ndarray:
    """The maps of the photo's channels float32 (K, h, w), 0 or more, zeros where there is none."""
    grid = (math.ceil(photo.size[0] / stride), math.ceil(photo.size[1] / stride))
    maps = _check_all(photo, wanted, found) if found else {}
    shape = next((values.shape for values in maps.values()), grid)
    scores = np.zeros((len(wanted.channels), *shape), np.float32)
    for row, channel in zip(scores, wanted.channels):
        if channel in maps:
            row[...] = np.maximum(maps[channel], 0)
    finer = shape[0] > grid[0] or shape[1] > grid[1]
    return resize_scores(scores, grid) if finer else scores


def _check_all(photo: MapRequest, wanted: Channels, found: FoundMaps) -> dict[int, np.ndarray]:
    """The photo's channels that have a map, all of one size."""
    maps: dict[int, np.ndarray] = {}
    for channel in wanted.channels:
        if channel in found.maps:
            what = f"map of '{wanted.names[channel]}' in {found.path}"
            maps[channel] = _check_map(photo, what, found.maps[channel])
    if len({values.shape for values in maps.values()}) > 1:
        raise UserError(f"the maps of {found.path} are of different sizes; make them alike")
    return maps


def _check_map(photo: MapRequest, what: str, values: np.ndarray) -> np.ndarray:
    """A map as float32 (h, w), once it is known to be one of this photo."""
    if values.ndim != 2 or values.size == 0:
        raise UserError(f"{what} is an array {values.shape}; rows and columns are needed")
    if _has_other_aspect(values.shape, photo.size):
        raise UserError(
            f"{what} is {values.shape[1]} x {values.shape[0]}, but its photo is "
            f"{photo.size[1]} x {photo.size[0]}, of another aspect ratio; make it anew"
        )
    with np.errstate(over="ignore"):
        numbers = values.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise UserError(f"{what} holds values that are not finite; make it anew")
    return numbers


def _has_other_aspect(shape: tuple[int, ...], size: tuple[int, int]) -> bool:
    """Whether a grid is of another aspect ratio than a photo, rounding to cells aside."""
    return abs(shape[0] * size[1] - shape[1] * size[0]) > max(size)


def _shares(scores: np.ndarray) -> np.ndarray:
    """Scores that sum to 1 at every cell, background first; it gets the cells where all are 0."""
    total = scores.sum(axis=0)
    scores[0][total <= 0] = 1
    return scores / np.where(total <= 0, 1, total)


def _normalise(
    scores: np.ndarray, settings: ForeignMapSettings, found: FoundMaps | None
) -> np.ndarray:
    """Each class's map with a maximum of 1; with `none` as it is, which must be in 0..1."""
    high = scores.max(axis=(1, 2), keepdims=True, initial=0)
    if settings.normalise == "none":
        if found and high.max(initial=0) > 1 + ROUNDING:
            raise UserError(
                f"{found.path} holds values up to {high.max():.3g}, but 'normalise: "
                "none' needs 0 to 1; take max or minmax"
            )
        scaled: np.ndarray = np.minimum(scores, 1)
        return scaled
    lowest = scores.min(axis=(1, 2), keepdims=True)
    low = lowest if settings.normalise == "minmax" else np.zeros_like(high)
    scaled = (scores - low) / np.maximum(high - low, EPSILON)
    return scaled
