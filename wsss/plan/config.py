"""The configuration: one pydantic model gathered from the stages' settings; config.yaml and the schema come from it.

A section is a kind of step. Its own keys are shared by all methods; a sub-section holds what one method adds.
No stage imports this module, so a setting more in one method reruns no other.

    python -m wsss.plan.config          rewrite config.yaml and config.schema.json
"""

import json
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
from wsss.run.settings import Settings, merged
from wsss.score.consistency_settings import ConsistencySettings

ROOT = Path(__file__).resolve().parents[2]
BY_TOP_LEVEL_SEED = "seed"
MOVED = {"saliency_net": ("saliency_photos", ("photos", "masks", "held_out", "hash_distance"))}
"""section -> the section that has these of its keys now; the old place is understood for one release"""


class General(Settings):
    """What is not a stage's: the dataset, the recipe, and how jobs run."""

    dataset: Annotated[str, Field(pattern="^[a-z][a-z0-9]*$")] = "voc"
    """voc is PASCAL VOC 2012 or a folder in its layout; mini is drawn by the program; any other name is a folder of yours"""
    data_root: str | None = None
    """for voc: the folder with JPEGImages/, null downloads the dataset; for a folder of yours: that folder"""
    train_split: Literal["train", "trainaug"] = IndexSettings.model_fields["train_split"].default
    """for voc: the list that trains; trainaug (10,582 photos) needs SBD, which the download converts"""
    recipe: str = "default"
    """the chain that results/{dataset}_{split}_miou.txt is made by: a file in recipes/"""
    compare: tuple[str, ...] = ("cam", "default", "full")
    """the recipes that `snakemake compare` puts side by side"""
    seed: int = 0
    """seed of every training"""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto takes CUDA where there is one; changes no path and reruns nothing"""
    threads: PositiveInt = 2
    """intra-op threads of a training; reruns nothing, but trainings repeat to the bit at equal threads only"""
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
    """settings of single steps by their name in a recipe, such as {round2.labels: {ignore_below: 0.5}}"""


@cache
def section_model(kind_name: str) -> type[BaseModel]:
    """The settings of a kind of step as they stand in config.yaml: shared keys, and a sub-section for each method that adds
    keys."""
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
            fields[name] = (model, FieldInfo(default=model(), description=_first_line(settings)))
    about = kind.about if shared is Settings else shared.__doc__
    return create_model(kind.name, __base__=Settings, __doc__=about, **fields)  # type: ignore[call-overload]


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


def renamed(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The configuration `values` with all settings where they stand now, and for each that stood elsewhere "OLD is now NEW".

    A value in an old place wins over one in the new place, which may be only the default.
    """
    now, told = dict(values), []
    for old, (new, keys) in MOVED.items():
        section = values.get(old)
        given = section if isinstance(section, Mapping) else {}
        found = {key: given[key] for key in keys if key in given}
        if found:
            now[old] = {key: value for key, value in given.items() if key not in found}
            now = merged(now, {new: found})
            told += [f"{old}.{key} is now {new}.{key}" for key in found]
    return now, told


def config_text() -> str:
    """config.yaml: every setting with its default and what it means."""
    head = [
        "# Every setting with its default, generated from the settings models (make settings).",
        "# The defaults are the full job on a GPU; presets/ holds smaller sizes: --configfile presets/laptop.yaml.",
        "",
    ]
    return "\n".join(head + _lines(config_model()(), 0)) + "\n"


def schema_text() -> str:
    """The JSON schema of config.yaml, for editors."""
    return json.dumps(config_model().model_json_schema(), indent=1) + "\n"


def _lines(settings: BaseModel, depth: int) -> list[str]:
    pad, lines = "  " * depth, []
    for name, info in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            about = (type(value).__doc__ or "").strip().splitlines()
            lines += [
                "" if depth == 0 else None,
                *[f"{pad}# {line.strip()}" for line in about[:1]],
                f"{pad}{name}:",
            ]
            lines += _lines(value, depth + 1)
        else:
            lines += [f"{pad}{name}: {_yaml(value)}{_allowed(info)}"]
            if info.description:
                lines.insert(len(lines) - 1, f"{pad}# {info.description}")
    return [line for line in lines if line is not None]


def _yaml(value: Any) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(plain, default_flow_style=True, width=200).removesuffix("...\n").strip()


def _allowed(info: FieldInfo) -> str:
    kinds = (info.annotation, *get_args(info.annotation))
    choices = next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), ())
    how = "any of" if get_origin(info.annotation) is tuple else "one of"
    return f"  # {how}: {', '.join(map(str, choices))}" if choices else ""


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


def write_generated(root: Path = ROOT) -> None:
    """Rewrite config.yaml and config.schema.json."""
    (root / "config.yaml").write_text(config_text())
    (root / "config.schema.json").write_text(schema_text())


if __name__ == "__main__":
    write_generated()
