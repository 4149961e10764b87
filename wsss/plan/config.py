"""The configuration: one pydantic model gathered from the stages' settings; config.yaml and the
schema come from it.

A section is a kind of step. Its own keys are shared by all methods; a sub-section holds what one
method adds. No stage imports this module, so a setting more in one method reruns no other.

    python -m wsss.plan.config          rewrite config.yaml and config.schema.json
"""

import json
import textwrap
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, Field, NonNegativeInt, PositiveFloat, PositiveInt, create_model
from pydantic.fields import FieldInfo

from wsss.affinity.instance_settings import InstanceSettings
from wsss.data.folder_settings import FolderSettings
from wsss.data.mini_settings import MiniSettings
from wsss.data.voc_download_settings import DownloadSettings
from wsss.data.voc_settings import IndexSettings
from wsss.plan.kinds import KINDS, Kind
from wsss.report.report_settings import ReportSettings
from wsss.run.methods import load
from wsss.run.settings import Settings, merge
from wsss.score.consistency_settings import ConsistencySettings

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 100
"""of the lines of config.yaml"""
BY_TOP_LEVEL_SEED = "seed"
MOVED = {
    "saliency_net.photos": "saliency_photos.photos",
    "saliency_net.masks": "saliency_photos.masks",
    "saliency_net.held_out": "saliency_photos.held_out",
    "saliency_net.hash_distance": "saliency_photos.hash_distance",
    "sure.sure_foreground": "confident.foreground_above",
    "sure.sure_background": "confident.background_above",
    "sure": "confident",
    "grown": "segmentation_maps",
}
"""section or section.key -> where it stands now; the old place is understood for one release"""


class General(Settings):
    """What is not a stage's: the dataset, the recipe, and how jobs run."""

    dataset: Annotated[str, Field(pattern="^[a-z][a-z0-9]*$")] = "voc"
    """voc is PASCAL VOC 2012 or a folder in its layout; mini is drawn by the program; any other
    name is a folder of yours"""
    data_root: str | None = None
    """for voc: the folder with JPEGImages/, null downloads the dataset; for a folder of yours: that
    folder"""
    train_split: Literal["train", "trainaug"] = IndexSettings.model_fields["train_split"].default
    """for voc: the list that trains; trainaug (10,582 photos) needs SBD, which the download
    converts"""
    recipe: str = "default"
    """the chain that results/{dataset}_{split}_miou.txt is made by: a file in recipes/"""
    compare: tuple[str, ...] = ("cam", "default", "full")
    """the recipes that `snakemake compare` puts side by side"""
    seed: int = 0
    """seed of every training"""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto takes CUDA where there is one; changes no path and reruns nothing"""
    threads: PositiveInt = 2
    """intra-op threads of a training; reruns nothing, but trainings repeat to the bit at equal
    threads only"""
    gpus: PositiveInt = 1
    """processes, each with a GPU, that share every batch of a training; reruns nothing"""
    workers: NonNegativeInt = 4
    """processes that load photos for a training; reruns nothing"""
    checkpoint_minutes: PositiveFloat = 2.0
    """minutes between the checkpoints of a training; reruns nothing"""
    checkpoint_steps: NonNegativeInt = 0
    """a checkpoint every so many steps as well; 0 is none; reruns nothing"""
    shards: PositiveInt = 8
    """jobs that per-photo work is split into; a shard is the unit of resume"""
    steps: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """settings of single steps by their name in a recipe, such as {round2.labels: {ignore_below:
    0.5}}"""


@cache
def section_model(kind_name: str) -> type[BaseModel]:
    """The settings of a kind of step as they stand in config.yaml: shared keys, and a sub-section
    for each method that adds keys.
    """
    kind = KINDS[kind_name]
    shared = load(kind.shared)
    fields = {
        n: (f.annotation, f) for n, f in shared.model_fields.items() if n != BY_TOP_LEVEL_SEED
    }
    for name, method in kind.methods.items():
        settings = load(method.settings)
        own = own_fields(kind, settings)
        if own:
            model = create_model(
                f"{kind.name}_{name}", __base__=Settings, __doc__=settings.__doc__, **own
            )
            fields[name] = (
                model,
                FieldInfo(default=model(), description=_first_paragraph(settings.__doc__)),
            )
    about = kind.about if shared is Settings else shared.__doc__
    return create_model(kind.name, __base__=Settings, __doc__=about, **fields)  # type: ignore[call-overload, no-any-return]


def own_fields(kind: Kind, model: type[BaseModel]) -> dict[str, Any]:
    """The fields of a method's settings that its kind of step does not share."""
    shared = load(kind.shared).model_fields
    return {
        n: (f.annotation, f)
        for n, f in model.model_fields.items()
        if n not in shared and n != BY_TOP_LEVEL_SEED
    }


@cache
def config_model() -> type[BaseModel]:
    """The whole configuration."""
    sections: dict[str, Any] = {
        "mini": (MiniSettings, FieldInfo(default=MiniSettings())),
        "download": (DownloadSettings, FieldInfo(default=DownloadSettings())),
        "folder": (FolderSettings, FieldInfo(default=FolderSettings())),
    }
    for name in KINDS:
        model = section_model(name)
        if model.model_fields:
            sections[name] = (model, FieldInfo(default=model()))
    sections["instances"] = (InstanceSettings, FieldInfo(default=InstanceSettings()))
    sections["consistency"] = (ConsistencySettings, FieldInfo(default=ConsistencySettings()))
    sections["report"] = (ReportSettings, FieldInfo(default=ReportSettings()))
    return create_model("Config", __base__=General, __doc__=General.__doc__, **sections)


def rename_settings(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The configuration `values` with all settings where they stand now, and for each that stood
    elsewhere "OLD is now NEW".

    A value in an old place wins over one in the new place, which may be only the default.
    """
    now, told = dict(values), []
    for old, new in MOVED.items():
        section, _, key = old.partition(".")
        given = now.get(section)
        if key and isinstance(given, Mapping) and key in given:
            now[section] = {name: value for name, value in given.items() if name != key}
            now = merge(now, _nested(new, given[key]))
            told.append(f"{old} is now {new}")
        elif not key and section in now:
            moved = now.pop(section)
            if moved:
                now = merge(now, {new: moved})
                told.append(f"{old} is now {new}")
    return now, told


def _nested(place: str, value: Any) -> dict[str, Any]:
    """`value` as it stands in a configuration at section.key."""
    section, _, key = place.partition(".")
    return {section: {key: value}}


def config_text() -> str:
    """config.yaml: every setting with its default and what it means."""
    head = [
        "# Every setting with its default, generated from the settings models (make settings).",
        "# The defaults are the full job on a GPU; presets/ holds smaller sizes:",
        "# --configfile presets/laptop.yaml.",
        "",
    ]
    return "\n".join(head + _lines(config_model()(), 0)) + "\n"


def schema_text() -> str:
    """The JSON schema of config.yaml, for editors."""
    return json.dumps(_unwrapped(config_model().model_json_schema()), indent=1) + "\n"


def _unwrapped(schema: Any) -> Any:
    """A schema whose descriptions are one line each, however their docstrings are broken."""
    if isinstance(schema, list):
        return [_unwrapped(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _first_paragraph(value)
        if key == "description" and isinstance(value, str)
        else _unwrapped(value)
        for key, value in schema.items()
    }


def _lines(settings: BaseModel, depth: int) -> list[str]:
    pad = "  " * depth
    lines: list[str] = []
    for name, info in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            lines += [] if depth else [""]
            lines += [*_comment(type(value).__doc__, pad), f"{pad}{name}:"]
            lines += _lines(value, depth + 1)
        else:
            lines += _comment(info.description, pad)
            lines.append(f"{pad}{name}: {_yaml(value)}{_allowed(info)}")
    return lines


def _comment(text: str | None, pad: str) -> list[str]:
    """The first paragraph of a docstring as YAML comments."""
    return textwrap.wrap(
        _first_paragraph(text), WIDTH, initial_indent=f"{pad}# ", subsequent_indent=f"{pad}# "
    )


def _yaml(value: Any) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(plain, default_flow_style=True, width=200).removesuffix("...\n").strip()


def _allowed(info: FieldInfo) -> str:
    kinds = (info.annotation, *get_args(info.annotation))
    choices = next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), ())
    how = "any of" if get_origin(info.annotation) is tuple else "one of"
    return f"  # {how}: {', '.join(map(str, choices))}" if choices else ""


def _first_paragraph(text: str | None) -> str:
    """The first paragraph of a docstring in one line."""
    return " ".join((text or "").strip().partition("\n\n")[0].split())


def write_generated(root: Path = ROOT) -> None:
    """Rewrite config.yaml and config.schema.json."""
    (root / "config.yaml").write_text(config_text())
    (root / "config.schema.json").write_text(schema_text())


if __name__ == "__main__":
    write_generated()
