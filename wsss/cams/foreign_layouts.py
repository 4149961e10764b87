"""The file layouts in which published code leaves class maps. Each is read to maps by channel.

A channel is the place of a class in `Wanted.names`, from 0.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from wsss.cams.foreign_pngs import read_shares
from wsss.data.npy import read_npy, read_npz
from wsss.run.errors import UserError, nearest

Maps = dict[int, np.ndarray]
"""channel -> map (h, w), of whatever type the file holds"""


@dataclass(frozen=True)
class Channels:
    """The names of all channels (the background first if there is one), and the photo's own."""

    names: tuple[str, ...]
    channels: tuple[int, ...]


class FoundMaps(NamedTuple):
    """A photo's maps by channel, their layout, and the file or folder that they come from."""

    maps: Maps
    layout: str
    path: Path


def find_maps(folder: Path, photo_id: str, wanted: Channels, layout: str) -> FoundMaps | None:
    """The maps of a photo in `folder`, None where there are none.

    Refused by name are two files that may both be meant, another layout than `layout` (unless that
    is auto), and maps of no class.
    """
    readers = [find(folder, photo_id, wanted) for find in FINDERS[layout]]
    there = [reader for reader in readers if reader is not None]
    if len(there) > 1:
        raise UserError(
            f"photo {photo_id} has maps in two layouts in {folder}; take one away, or "
            "name the other one with the setting 'layout'"
        )
    found = there[0]() if there else None
    if found is not None and layout not in ("auto", found.layout):
        raise UserError(
            f"{found.path} has the layout {found.layout}, but the setting 'layout' is "
            f"'{layout}'; change it, or take auto"
        )
    return found


Reader = Callable[[], FoundMaps]


def _npy(folder: Path, photo_id: str, wanted: Channels) -> Reader | None:
    path = folder / f"{photo_id}.npy"
    return (lambda: _read_npy(path, wanted)) if path.is_file() else None


def _npz(folder: Path, photo_id: str, wanted: Channels) -> Reader | None:
    path = folder / f"{photo_id}.npz"
    if not path.is_file():
        return None
    return lambda: FoundMaps(_by_channel(read_npz(path).items(), wanted, path), "npz", path)


def _pngs(folder: Path, photo_id: str, wanted: Channels) -> Reader | None:
    """PNGs in a folder of the photo's, or beside each other under its name."""
    inside = _paths(folder / photo_id, "", wanted)
    paths = {**_paths(folder, f"{photo_id}_", wanted), **inside}
    if not paths:
        return None
    where = folder / photo_id if inside else folder / f"{photo_id}_*.png"
    return lambda: FoundMaps({n: read_shares(path) for n, path in paths.items()}, "png", where)


FINDERS = {
    "auto": (_npy, _npz, _pngs),
    "psa": (_npy,),
    "irn": (_npy,),
    "array": (_npy,),
    "npz": (_npz,),
    "png": (_pngs,),
}
"""what looks for each layout"""
FILES = {
    "auto": "ID.npy, ID.npz, ID/CLASS.png or ID_CLASS.png",
    "npz": "ID.npz",
    "png": "ID/CLASS.png or ID_CLASS.png",
    **dict.fromkeys(("psa", "irn", "array"), "ID.npy"),
}
"""what is looked for, in words"""


def _paths(folder: Path, prefix: str, wanted: Channels) -> dict[int, Path]:
    """Channel -> its PNG. A class whose name leads elsewhere has none."""
    paths = {}
    for channel, class_name in enumerate(wanted.names):
        name = f"{prefix}{class_name}.png"
        if Path(name).name == name and (folder / name).is_file():
            paths[channel] = folder / name
    return paths


def _read_npy(path: Path, wanted: Channels) -> FoundMaps:
    content = read_npy(path)
    if isinstance(content, np.ndarray):
        return FoundMaps(_of_array(content, wanted, path), "array", path)
    if "keys" in content:
        return FoundMaps(_of_irn(content, wanted, path), "irn", path)
    return FoundMaps(_by_channel(content.items(), wanted, path), "psa", path)


def _of_irn(content: dict[int | str, np.ndarray], wanted: Channels, path: Path) -> Maps:
    keys, maps = content["keys"], content.get("high_res", content.get("cam"))
    if maps is None:
        raise UserError(f"{path} has 'keys' but neither 'high_res' nor 'cam'; make it anew")
    if keys.ndim != 1 or keys.dtype.kind not in "iu" or maps.ndim == 0 or len(maps) != len(keys):
        raise UserError(
            f"{path} has keys {keys.shape} of type {keys.dtype} for maps {maps.shape}; "
            "one class index for each map is needed"
        )
    return _by_channel(zip(keys.tolist(), maps), wanted, path)


def _of_array(maps: np.ndarray, wanted: Channels, path: Path) -> Maps:
    """All channels, or those of the photo in ascending order; their number says which."""
    classes, tags = len(wanted.names), len(wanted.channels)
    if maps.ndim == 3 and len(maps) == classes:
        return dict(enumerate(maps))
    if maps.ndim == 3 and len(maps) == tags:
        return dict(zip(wanted.channels, maps))
    raise UserError(
        f"{path} holds an array {maps.shape}; (K, h, w) is needed with K = {classes} "
        f"for all classes or {tags} for the photo's tags; see the setting 'background'"
    )


def _by_channel(
    items: Iterable[tuple[int | str, np.ndarray]], wanted: Channels, path: Path
) -> Maps:
    found: Maps = {}
    for key, values in items:
        channel = _channel(key, wanted, path)
        if channel in found:
            raise UserError(f"{path} has two maps of '{wanted.names[channel]}'; keep one")
        found[channel] = values
    return found


def _channel(key: int | str, wanted: Channels, path: Path) -> int:
    """The channel that a class index or name stands for."""
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
