"""What people gave as the configuration: config.yaml, then what files are `like`, then the files
after --configfile in their order, then the command line.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from wsss.plan.config import ROOT
from wsss.plan.moved_settings import rename_settings
from wsss.run.errors import UserError, nearest
from wsss.run.settings import merge, read_yaml

LIKE = "like"
"""the key of a file that names another one, whose values hold where it says none"""
PRESETS = ROOT / "presets"
Json = dict[str, Any]


@dataclass(frozen=True)
class Given:
    """A configuration as it was given, all settings where they stand now."""

    values: Json
    """all values"""
    typed: Json
    """those of the command line"""
    stated: Json
    """those that people wrote themselves: all but the values of presets"""
    moved: list[str]
    """what stood in an old place, as "OLD is now NEW" """


@dataclass(frozen=True)
class Layer:
    """What one file says, without what it is like."""

    path: Path
    values: Json

    @property
    def is_preset(self) -> bool:
        """Whether it came with the project."""
        return PRESETS.resolve() in self.path.resolve().parents


def read_given(values: Mapping[str, Any], typed: Mapping[str, Any], files: Iterable[Path]) -> Given:
    """The configuration `values`, as Snakemake joined config.yaml, `files` and what was `typed`,
    with what the files are like between config.yaml and them.
    """
    base, layers = _read_base(), _layers(files)
    read: Json = dict(read_as_yaml(typed))
    _check_place(base, "in config.yaml")
    _check_place(read, "on the command line")
    now, moved = rename_settings(_joined(values, layers))
    renamed, _ = rename_settings(read)
    own = [base, *(layer.values for layer in layers if not layer.is_preset), read]
    return Given(merge(now, renamed), renamed, _stated(own), moved)


def _read_base() -> Json:
    """config.yaml, which Snakemake can do without where other files are given."""
    path = ROOT / "config.yaml"
    return read_yaml(path, "configuration") if path.is_file() else {}


def _layers(files: Iterable[Path]) -> list[Layer]:
    """What the files are like, in the order of the files, and then the files."""
    read = [read_layers(Path(path)) for path in files]
    liked = [layer for layers in read for layer in layers[:-1]]
    return [*liked, *(layers[-1] for layers in read)]


def _check_place(values: Mapping[str, Any], where: str) -> None:
    if LIKE in values:
        raise UserError(
            f"setting 'like' stands {where}, and only files after --configfile have it; give the "
            "other file there, before your own: --configfile presets/laptop.yaml"
        )


def _joined(values: Mapping[str, Any], layers: Iterable[Layer]) -> Json:
    """Snakemake's values, with all layers laid on them once more where a file is like another."""
    if LIKE not in values:
        return dict(values)
    laid = {key: value for key, value in values.items() if key != LIKE}
    for layer in layers:
        laid = merge(laid, layer.values)
    return laid


def _stated(several: Iterable[Json]) -> Json:
    stated: Json = {}
    for values in several:
        stated = merge(stated, rename_settings(values)[0])
    return stated


def read_layers(path: Path, visited: tuple[Path, ...] = ()) -> list[Layer]:
    """A file and before it all that it is like, the farthest first."""
    raw = read_yaml(path, "configuration")
    own = Layer(path, {key: value for key, value in raw.items() if key != LIKE})
    if LIKE not in raw:
        return [own]
    chain = (*visited, path.resolve())
    other = _other(path, raw[LIKE])
    if other.resolve() in chain:
        raise UserError(
            f"{path}: like '{raw[LIKE]}' leads back to itself; name another file, or take the line "
            "out"
        )
    return [*read_layers(other, chain), own]


def _other(path: Path, name: Any) -> Path:
    """The file that `path` says it is like: a preset by its name, or a path from its own folder."""
    presets = {file.stem: file for file in sorted(PRESETS.glob("*.yaml"))}
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
            f"{path}: like '{name}' is no preset{nearest(name, presets)} and no file from the "
            f"folder {path.parent}; there is: {', '.join(presets)}"
        )
    return other


def read_as_yaml(typed: Any) -> Any:
    """Numbers and nulls with their types. Inside of braces, as in --config 'walk={beta: 6}',
    Snakemake leaves everything as text.
    """
    if isinstance(typed, Mapping):
        return {key: read_as_yaml(value) for key, value in typed.items()}
    if isinstance(typed, list):
        return [read_as_yaml(value) for value in typed]
    try:
        read = yaml.safe_load(typed) if isinstance(typed, str) else typed
    except yaml.YAMLError:
        return typed
    return read if read is None or type(read) in (int, float) else typed
