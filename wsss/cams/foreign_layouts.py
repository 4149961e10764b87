"""Reads class maps in the file layouts of published code.

A channel is the index of a class in `Channels.names`, from 0. Every layout is read into a dict from
channels to maps.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from wsss.cams.foreign_pngs import read_png
from wsss.data.npy import read_npy, read_npz
from wsss.run.errors import UserError, nearest

Maps = dict[int, np.ndarray]
"""channel -> map (h, w), with the file's type"""


@dataclass(frozen=True)
class Channels:
    """The channels of the folder's maps, and those of one photo."""

    names: tuple[str, ...]
    """names of all channels; the first is `background` if the maps have one"""
    present: tuple[int, ...]
    """channels of the photo's tags, ascending, and of the background if the maps have one"""


class FoundMaps(NamedTuple):
    """A photo's maps by channel, their layout, and the file or folder that they come from."""

    maps: Maps
    layout: str
    path: Path


def find_maps(folder: Path, photo_id: str, wanted: Channels, layout: str) -> FoundMaps | None:
    """The maps of a photo in `folder`, None if there are none.

    UserError when the photo has files in two layouts, when the layout is not `layout` (unless that
    is auto), and when a map belongs to no class.
    """
    candidates = [find(folder, photo_id, wanted) for find in FINDERS[layout]]
    readers = [reader for reader in candidates if reader is not None]
    if len(readers) > 1:
        raise UserError(
            f"photo {photo_id} has maps in two layouts in {folder}; delete one, or "
            "choose the other with the setting 'layout'"
        )
    found = readers[0]() if readers else None
    if found is not None and layout not in ("auto", found.layout):
        raise UserError(
            f"{found.path} has the layout {found.layout}, but the setting 'layout' is "
            f"'{layout}'; change it, or set it to auto"
        )
    return found


Reader = Callable[[], FoundMaps]
"""reads the maps of one photo, whose files were found"""


def _find_npy(folder: Path, photo_id: str, wanted: Channels) -> Reader | None:
    """A reader of ID.npy (layouts psa, irn, array); None if there is no such file."""
    path = folder / f"{photo_id}.npy"
    return (lambda: _read_npy(path, wanted)) if path.is_file() else None


def _find_npz(folder: Path, photo_id: str, wanted: Channels) -> Reader | None:
    """A reader of ID.npz, with arrays by class; None if there is no such file."""
    path = folder / f"{photo_id}.npz"
    if not path.is_file():
        return None
    return lambda: FoundMaps(_by_channel(read_npz(path).items(), wanted, path), "npz", path)


def _find_pngs(folder: Path, photo_id: str, wanted: Channels) -> Reader | None:
    """A reader of ID/CLASS.png or ID_CLASS.png; None if there is no such file. A class that has
    both is read from the folder.
    """
    in_folder = _find_paths(folder / photo_id, "", wanted)
    paths = {**_find_paths(folder, f"{photo_id}_", wanted), **in_folder}
    if not paths:
        return None
    source = folder / photo_id if in_folder else folder / f"{photo_id}_*.png"
    return lambda: FoundMaps({n: read_png(path) for n, path in paths.items()}, "png", source)


FINDERS = {
    "auto": (_find_npy, _find_npz, _find_pngs),
    "psa": (_find_npy,),
    "irn": (_find_npy,),
    "array": (_find_npy,),
    "npz": (_find_npz,),
    "png": (_find_pngs,),
}
"""layout -> functions that look for a photo's files"""
FILES = {
    "auto": "ID.npy, ID.npz, ID/CLASS.png or ID_CLASS.png",
    "npz": "ID.npz",
    "png": "ID/CLASS.png or ID_CLASS.png",
    **dict.fromkeys(("psa", "irn", "array"), "ID.npy"),
}
"""layout -> names of a photo's files, for messages"""


def _find_paths(folder: Path, prefix: str, wanted: Channels) -> dict[int, Path]:
    """Channel -> its PNG, if there is one. Class names that contain a folder are left out, so that
    only files of `folder` are read.
    """
    paths = {}
    for channel, class_name in enumerate(wanted.names):
        name = f"{prefix}{class_name}.png"
        if Path(name).name == name and (folder / name).is_file():
            paths[channel] = folder / name
    return paths


def _read_npy(path: Path, wanted: Channels) -> FoundMaps:
    """The maps of a .npy file; its content shows whether the layout is array, irn or psa."""
    content = read_npy(path)
    if isinstance(content, np.ndarray):
        return FoundMaps(_split_array(content, wanted, path), "array", path)
    if "keys" in content:
        return FoundMaps(_split_irn(content, wanted, path), "irn", path)
    return FoundMaps(_by_channel(content.items(), wanted, path), "psa", path)


def _split_irn(content: dict[int | str, np.ndarray], wanted: Channels, path: Path) -> Maps:
    """IRNet's dict: `keys` (K,) are class indices, `high_res` or `cam` (K, h, w) their maps."""
    keys, maps = content["keys"], content.get("high_res", content.get("cam"))
    if maps is None:
        raise UserError(f"{path} has 'keys' but neither 'high_res' nor 'cam'; export it again")
    if keys.ndim != 1 or keys.dtype.kind not in "iu" or maps.ndim == 0 or len(maps) != len(keys):
        raise UserError(
            f"{path} has keys {keys.shape} of type {keys.dtype} for maps {maps.shape}; "
            "one class index for each map is needed"
        )
    return _by_channel(zip(keys.tolist(), maps), wanted, path)


def _split_array(maps: np.ndarray, wanted: Channels, path: Path) -> Maps:
    """An array (K, h, w): K is the number of all channels, or that of the photo's channels, which
    are in ascending order.
    """
    classes, tags = len(wanted.names), len(wanted.present)
    if maps.ndim == 3 and len(maps) == classes:
        return dict(enumerate(maps))
    if maps.ndim == 3 and len(maps) == tags:
        return dict(zip(wanted.present, maps))
    raise UserError(
        f"{path} holds an array {maps.shape}; (K, h, w) is needed with K = {classes} "
        f"for all classes or {tags} for the photo's tags; see the setting 'background'"
    )


def _by_channel(
    items: Iterable[tuple[int | str, np.ndarray]], wanted: Channels, path: Path
) -> Maps:
    """Maps by channel, from (class index or name, map); UserError for two maps of a class."""
    found: Maps = {}
    for key, values in items:
        channel = _find_channel(key, wanted, path)
        if channel in found:
            raise UserError(f"{path} has two maps of '{wanted.names[channel]}'; keep one")
        found[channel] = values
    return found


def _find_channel(key: int | str, wanted: Channels, path: Path) -> int:
    """The channel of a class index or name; UserError if there is none."""
    if key in wanted.names:
        return wanted.names.index(str(key))
    text = str(key)
    index = int(text) if text.isdecimal() and len(text) < 10 else -1
    if 0 <= index < len(wanted.names):
        return index
    hint = nearest(text[:40], wanted.names)
    raise UserError(
        f"{path} has a map of {text[:40]!r}{hint}; a class of the dataset is needed, "
        f"or an index from 0 to {len(wanted.names) - 1}"
    )
