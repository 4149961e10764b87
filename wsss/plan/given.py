"""Reads the configuration that people gave. Later values override earlier ones: config.yaml, the
files that others name under `like`, the files after --configfile in their order, the command line.

Snakemake joins all of these but the `like` files, which are inserted here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsss.plan.config import ROOT
from wsss.plan.file_names import read_names
from wsss.plan.moved_settings import MOVED, rename_settings
from wsss.run.errors import UserError, nearest
from wsss.run.settings import merge
from wsss.run.yaml_files import parse_yaml, read_yaml

LIKE = "like"
"""the key of a file that names another file (or a preset), whose values it overrides"""
PRESETS = ROOT / "presets"
"""the folder of the files that `like` may name without a path"""
Json = dict[str, Any]


@dataclass(frozen=True)
class Given:
    """A configuration, with renamed settings (moved_settings.py) under their new names."""

    values: Json
    """all values, joined"""
    typed: Json
    """the values of the command line"""
    stated: Json
    """the values that people set themselves, so all but those of presets"""
    moved: list[str]
    """the settings under old names, as "OLD is now NEW" """


@dataclass(frozen=True)
class Layer:
    """The values of one file, without those of the file that it names under `like`."""

    path: Path
    values: Json

    @property
    def is_preset(self) -> bool:
        """Whether the file is one of the project's presets."""
        return PRESETS.resolve() in self.path.resolve().parents


def read_given(values: Mapping[str, Any], typed: Mapping[str, Any], files: Iterable[Path]) -> Given:
    """The configuration. `values` is Snakemake's: config.yaml, overridden by `files` (those after
    --configfile), overridden by `typed` (--config). Raises a UserError for a wrong `like`.
    """
    base, layers = _read_base(), _layers(files)
    command_line: Json = dict(read_as_yaml(typed))
    _check_place(base, "in config.yaml")
    _check_place(command_line, "on the command line")
    joined, moved = rename_settings(_joined(values, layers))
    if moved and layers:  # else an old name in one file would override the new one in a later file
        joined = merge(joined, _in_new_places([base, *(layer.values for layer in layers)]))
    on_top, _ = rename_settings(command_line)
    by_people = [layer.values for layer in layers if not layer.is_preset]
    stated = _stated([base, *by_people, command_line])
    return Given(merge(joined, on_top), on_top, stated, moved)


def _in_new_places(several: Iterable[Json]) -> Json:
    """The sections that settings moved to, of several configurations, later ones over earlier
    ones.
    """
    sections = {place.partition(".")[0] for place in MOVED.values()}
    return {name: values for name, values in _stated(several).items() if name in sections}


def _read_base() -> Json:
    """The values of config.yaml; {} where it does not exist, which Snakemake allows."""
    path = ROOT / "config.yaml"
    return read_yaml(path, "configuration") if path.is_file() else {}


def _layers(files: Iterable[Path]) -> list[Layer]:
    """The layers of the `like` files, in the order of the files that name them, then the files'
    own layers.
    """
    liked: list[Layer] = []
    own: list[Layer] = []
    for path in files:
        *below, last = read_layers(Path(path))
        liked += below
        own.append(last)
    return [*liked, *own]


def _check_place(values: Mapping[str, Any], where: str) -> None:
    """Refuse a `like` outside of files after --configfile."""
    if LIKE in values:
        raise UserError(
            f"setting 'like' stands {where}, and only files after --configfile have it; give the "
            "other file there, before your own: --configfile presets/laptop.yaml"
        )


def _joined(values: Mapping[str, Any], layers: Iterable[Layer]) -> Json:
    """Snakemake's values. If a file has a `like`, they are overridden by all layers in order: those
    of `like` files, which Snakemake did not read, then again those of the files.
    """
    if LIKE not in values:
        return dict(values)
    joined = {key: value for key, value in values.items() if key != LIKE}
    for layer in layers:
        joined = merge(joined, layer.values)
    return joined


def _stated(several: Iterable[Json]) -> Json:
    """Several configurations joined, later ones over earlier ones, settings under new names."""
    stated: Json = {}
    for values in several:
        stated = merge(stated, rename_settings(values)[0])
    return stated


def read_layers(path: Path, visited: tuple[Path, ...] = ()) -> list[Layer]:
    """The layer of a file, after the layers of the file under its `like`, of that file's, and so
    on: the last one wins. `visited` is the files on the way here.
    """
    raw = read_yaml(path, "configuration")
    own = Layer(path, {key: value for key, value in raw.items() if key != LIKE})
    if LIKE not in raw:
        return [own]
    chain = (*visited, path.resolve())
    other = _liked_file(path, raw[LIKE])
    if other.resolve() in chain:
        raise UserError(
            f"{path}: like '{raw[LIKE]}' leads back to itself; name another file, or take the line "
            "out"
        )
    return [*read_layers(other, chain), own]


def _liked_file(path: Path, name: Any) -> Path:
    """The file that `path` names under `like`: a preset, or a path relative to its own folder."""
    presets = read_names(PRESETS, "preset")
    if not isinstance(name, str):
        raise UserError(
            f"{path}: like is {json.dumps(name, default=str)}, not one name; write a preset "
            f"({', '.join(presets)}) or the path of a file, or take the line out"
        )
    if name in presets:
        return presets[name]
    other = path.parent / name
    if not other.is_file():
        raise UserError(
            f"{path}: like '{name}' is no preset{nearest(name, presets)} and no file relative to "
            f"{path.parent}; the presets are: {', '.join(presets)}"
        )
    return other


def read_as_yaml(typed: Any) -> Any:
    """Values of --config, with numbers and nulls in text as their types.

    Snakemake leaves them as text inside of braces, as in --config 'walk={beta: 6}'.
    """
    if isinstance(typed, Mapping):
        return {key: read_as_yaml(value) for key, value in typed.items()}
    if isinstance(typed, list):
        return [read_as_yaml(value) for value in typed]
    try:
        read = parse_yaml(typed) if isinstance(typed, str) else typed
    except ValueError:
        return typed
    return read if read is None or type(read) in (int, float) else typed
