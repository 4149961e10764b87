"""Reads class maps that other code has written, as `cam` or `prob` maps.

Maps with a background become `prob` maps, others `cam` maps. Classes that are not among the photo's
tags are left out. Negative values become 0. Maps finer than the setting `stride` are averaged to
that stride.
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
"""a smaller maximum is noise, so the map is not scaled to a maximum of 1"""
ROUNDING = 1e-3
"""a stored map with `normalise: none` may exceed 1 by this rounding error"""


def read_foreign_map(photo: MapRequest, settings: ForeignMapSettings) -> ReadMap:
    """The map of a photo from the folder in the settings.

    UserError for a file that cannot be read, a map with another aspect ratio than the photo, values
    that are not finite, and, with `missing: refuse`, a tag without a map.
    """
    wanted = _choose_channels(photo, settings)
    found = find_maps(_require_folder(settings), photo.id, wanted, settings.layout)
    absent = _count_absent(photo, wanted, found, settings)
    scores = _stack_maps(photo, wanted, found, settings.stride)
    labels = np.array(wanted.present, np.int64)
    if settings.background:
        item = ScoreMap("prob", labels, _scale_to_sum_1(scores), photo.size)
    else:
        item = ScoreMap("cam", labels + 1, _normalise(scores, settings, found), photo.size)
    others = set(found.maps) - set(wanted.present) if found else set()
    return ReadMap(item, len(others), absent)


def _require_folder(settings: ForeignMapSettings) -> Path:
    if settings.folder is None or not Path(settings.folder).is_dir():
        raise UserError(
            f"setting 'folder' is '{settings.folder}', which is not a folder; set it to "
            "the folder of your class maps"
        )
    return Path(settings.folder)


def _choose_channels(photo: MapRequest, settings: ForeignMapSettings) -> Channels:
    """All channels of the maps by name, and the channels of the photo's tags."""
    tags = tuple(sorted(photo.tags))
    if settings.background:
        return Channels(("background", *photo.classes), (0, *tags))
    return Channels(photo.classes, tuple(tag - 1 for tag in tags))


def _count_absent(
    photo: MapRequest, wanted: Channels, found: FoundMaps | None, settings: ForeignMapSettings
) -> int:
    """The number of the photo's tags without a map; UserError if the settings refuse them."""
    maps = found.maps if found else {}
    tags = wanted.present[1:] if settings.background else wanted.present
    absent = [wanted.names[channel] for channel in tags if channel not in maps]
    source = found.path if found else f"{settings.folder} ({FILES[settings.layout]})"
    if absent and settings.missing == "refuse":
        raise UserError(
            f"photo {photo.id} has no map of '{absent[0]}' in {source}; add it, "
            "remove the tag, or set 'missing: zero'"
        )
    if maps and settings.background and 0 not in maps:
        raise UserError(f"{source} has no map of the background; set 'background: false'")
    return len(absent)


def _stack_maps(
    photo: MapRequest, wanted: Channels, found: FoundMaps | None, stride: int
) -> np.ndarray:
    """The maps of the photo's K channels, float32 (K, h, w), 0 or more. A channel without a map is
    0 everywhere.
    """
    grid = (math.ceil(photo.size[0] / stride), math.ceil(photo.size[1] / stride))
    maps = _check_all(photo, wanted, found) if found else {}
    shape = next((values.shape for values in maps.values()), grid)
    scores = np.zeros((len(wanted.present), *shape), np.float32)
    for row, channel in zip(scores, wanted.present):
        if channel in maps:
            row[...] = np.maximum(maps[channel], 0)
    finer = shape[0] > grid[0] or shape[1] > grid[1]
    return resize_scores(scores, grid) if finer else scores


def _check_all(photo: MapRequest, wanted: Channels, found: FoundMaps) -> dict[int, np.ndarray]:
    """Channel -> checked map, for the photo's channels that have one; all have the same size."""
    maps: dict[int, np.ndarray] = {}
    for channel in wanted.present:
        if channel in found.maps:
            what = f"map of '{wanted.names[channel]}' in {found.path}"
            maps[channel] = _check_map(photo, what, found.maps[channel])
    if len({values.shape for values in maps.values()}) > 1:
        raise UserError(f"the maps of {found.path} are of different sizes; write them in one size")
    return maps


def _check_map(photo: MapRequest, what: str, values: np.ndarray) -> np.ndarray:
    """`values` as float32 (h, w); UserError that begins with `what` unless they fit the photo."""
    if values.ndim != 2 or values.size == 0:
        raise UserError(f"{what} is an array {values.shape}; rows and columns are needed")
    if _has_other_aspect(values.shape, photo.size):
        raise UserError(
            f"{what} is {values.shape[1]} x {values.shape[0]}, but its photo is "
            f"{photo.size[1]} x {photo.size[0]}, of another aspect ratio; export it again"
        )
    with np.errstate(over="ignore"):
        numbers = values.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise UserError(f"{what} holds values that are not finite; export it again")
    return numbers


def _has_other_aspect(shape: tuple[int, ...], size: tuple[int, int]) -> bool:
    """Whether a grid has another aspect ratio than a photo, by more than rounding to cells."""
    return abs(shape[0] * size[1] - shape[1] * size[0]) > max(size)


def _scale_to_sum_1(scores: np.ndarray) -> np.ndarray:
    """Scores (K, h, w), background first, divided by their sum at each cell. Where all are 0, the
    background becomes 1.
    """
    total = scores.sum(axis=0)
    scores[0][total <= 0] = 1
    return scores / np.where(total <= 0, 1, total)


def _normalise(
    scores: np.ndarray, settings: ForeignMapSettings, found: FoundMaps | None
) -> np.ndarray:
    """Each class's map scaled to a maximum of 1; with `normalise: none` unchanged, and a UserError
    if it exceeds 1.
    """
    high = scores.max(axis=(1, 2), keepdims=True, initial=0)
    if settings.normalise == "none":
        if found and high.max(initial=0) > 1 + ROUNDING:
            raise UserError(
                f"{found.path} holds values up to {high.max():.3g}, but 'normalise: "
                "none' needs 0 to 1; set max or minmax"
            )
        scaled: np.ndarray = np.minimum(scores, 1)
        return scaled
    lowest = scores.min(axis=(1, 2), keepdims=True)
    low = lowest if settings.normalise == "minmax" else np.zeros_like(high)
    scaled = (scores - low) / np.maximum(high - low, EPSILON)
    return scaled
