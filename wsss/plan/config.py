"""The configuration: one pydantic model, put together from the settings models of all methods.
config_files.py writes config.yaml and the JSON schema from it.

Each kind of step has a section. Its keys are those that all methods of the kind share; a
sub-section holds the keys of one method. The section `training` holds what all trainings share. No
stage imports this module, so a new setting of one method reruns no other method.

    python -m wsss.plan.config          rewrite config.yaml and config.schema.json
"""

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    create_model,
)
from pydantic.fields import FieldInfo

from wsss.affinity.instance_settings import InstanceSettings
from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.folder_settings import FolderSettings
from wsss.datasets.coco_download_settings import CocoDownloadSettings
from wsss.datasets.coco_settings import CocoSettings
from wsss.datasets.mini_settings import MiniSettings
from wsss.datasets.rgbd_settings import RgbdSettings, RoomsSettings
from wsss.datasets.voc_download_settings import DownloadSettings
from wsss.datasets.voc_settings import IndexSettings
from wsss.export.settings import ExportSettings
from wsss.plan.kind import Kind
from wsss.plan.kinds import KINDS
from wsss.report.report_settings import ReportSettings
from wsss.run.methods import load
from wsss.run.path_text import PathText
from wsss.run.settings import Settings
from wsss.score.consistency_settings import ConsistencySettings
from wsss.training.settings import TrainingSettings

ROOT: Path = Path(__file__).resolve().parents[2]
"""the project's folder"""
SEED_FIELD = "seed"
"""the setting of trainings that no section has: the configuration's own `seed` gives it"""
TRAINING = "training"
"""the section of what all trainings share"""
ABOUT_TRAINING = """What all trainings share. A key holds for every training whose own section does
not set it; that section may be below, in another file or on the command line. So segmenter.lr, set
below, stays 0.007 whatever training.lr is."""
"""the comment of the section in config.yaml"""


class General(Settings):
    """Settings of no step: the dataset, the recipe, and how jobs run."""

    dataset: Annotated[str, Field(pattern="^[a-z][a-z0-9]*$")] = "voc"
    """voc is PASCAL VOC 2012 or a folder in its layout, coco the same of COCO; rgbd is a folder of
    photos with depth; mini and rooms are synthetic; any other name is a folder of yours"""
    data_root: PathText | None = None
    """for voc: the folder with JPEGImages/, for coco: that with annotations/; null downloads the
    dataset; for rgbd and a folder of yours: that folder"""
    train_split: Literal["train", "trainaug"] = IndexSettings.model_fields["train_split"].default
    """for voc: the list that trains; trainaug (10,582 photos) needs SBD, which the download
    converts"""
    corrections: PathText | None = None
    """folder of masks that you corrected, for photos that train: PNGs named as the photos (255 is
    don't know), LabelMe, COCO, CVAT, Label Studio; they take the place of the pseudo-labels, and
    nothing before these runs again (docs/usage.md#correct-masks)"""
    lists: dict[Annotated[str, Field(pattern="^[a-z][a-z0-9]*$")], str] = Field(
        default_factory=dict
    )
    """parts of val with a score of their own: name -> file of photo ids, one on each line, such as
    {val160: ImageSets/Segmentation/val160.txt}; a path is relative to data_root, or where that is
    null to the current folder"""
    recipe: str = "default"
    """the recipe of results/{dataset}_{split}_miou.txt: a file in recipes/"""
    compare: tuple[str, ...] = ("cam", "default", "full")
    """the recipes that `snakemake compare` puts side by side"""
    claims_rows: PositiveInt | None = None
    """so many rows of an experiment are run, from the first; its table says of the others that they
    were not run; null runs all"""
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
    """steps of a training between further checkpoints; 0 is only those by minutes; reruns
    nothing"""
    shards: int = Field(8, ge=1, le=100_000)
    """jobs that per-photo work is split into; a shard is the unit of resume"""
    steps: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """settings of single steps by their name in a recipe, such as {round2.labels: {ignore_below:
    0.5}}"""


class _Section(Settings):
    """The base of models that are put together here. Their fields have descriptions already, so
    pydantic shall look for no docstrings. Of a model that stands in no file it looks through all
    callers and modules, which takes seconds within Snakemake.
    """

    model_config = ConfigDict(use_attribute_docstrings=False)


@cache
def section_model(kind_name: str) -> type[BaseModel]:
    """The model of a kind's section in config.yaml: the keys that its methods share, and a
    sub-section for each method with keys of its own.
    """
    kind = KINDS[kind_name]
    shared = load(kind.shared)
    fields = _fields(shared)
    for name, method in kind.methods.items():
        settings = load(method.settings)
        own = own_fields(kind, settings)
        if own:
            model = create_model(
                f"{kind.name}_{name}", __base__=_Section, __doc__=settings.__doc__, **own
            )
            fields[name] = (
                model,
                FieldInfo(default=model(), description=first_paragraph(settings.__doc__)),
            )
    about = kind.about if shared is Settings else shared.__doc__
    return create_model(kind.name, __base__=_Section, __doc__=about, **fields)


def own_fields(kind: Kind, model: type[BaseModel]) -> dict[str, Any]:
    """The fields of a method's settings model that are not shared by all methods of the kind."""
    return _fields(model, but=tuple(load(kind.shared).model_fields))


def _fields(model: type[BaseModel], but: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a model as `create_model` takes them, without the seed and those in `but`."""
    return {
        name: (field.annotation, field)
        for name, field in model.model_fields.items()
        if name not in (*but, SEED_FIELD)
    }


@cache
def training_model() -> type[BaseModel]:
    """The model of the section `training`."""
    fields = _fields(TrainingSettings)
    return create_model(TRAINING, __base__=_Section, __doc__=ABOUT_TRAINING, **fields)


@cache
def shared_keys(kind_name: str) -> tuple[str, ...]:
    """The keys of `training` that also hold for a kind's section, unless that sets them itself.

    They are those keys for which the kind has no default of its own; () for a kind that trains
    nothing.
    """
    kind = KINDS.get(kind_name)
    own = load(kind.shared) if kind else Settings
    if not issubclass(own, TrainingSettings):
        return ()
    fields, training = own.model_fields, training_model().model_fields
    return tuple(name for name in training if fields[name].default == training[name].default)


def apply_training(values: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration `values` with the keys of `training` copied into the sections for which
    they hold (`shared_keys`). A section that sets a key itself keeps it.
    """
    applied, training = dict(values), values.get(TRAINING)
    if not isinstance(training, Mapping):
        return applied
    for name in KINDS:
        given = values.get(name, {})
        taken = {key: training[key] for key in shared_keys(name) if key in training}
        if taken and isinstance(given, Mapping):
            applied[name] = {**taken, **given}
    return applied


@cache
def config_model() -> type[BaseModel]:
    """The model of the whole configuration: `General` and all sections."""
    sections: dict[str, Any] = {
        "mini": (MiniSettings, FieldInfo(default=MiniSettings())),
        "rooms": (RoomsSettings, FieldInfo(default=RoomsSettings())),
        "rgbd": (RgbdSettings, FieldInfo(default=RgbdSettings())),
        "download": (DownloadSettings, FieldInfo(default=DownloadSettings())),
        "coco": (CocoSettings, FieldInfo(default=CocoSettings())),
        "coco_download": (
            CocoDownloadSettings,
            FieldInfo(default=CocoDownloadSettings()),
        ),
        "folder": (FolderSettings, FieldInfo(default=FolderSettings())),
        "annotations": (AnnotationSettings, FieldInfo(default=AnnotationSettings())),
        TRAINING: (training_model(), FieldInfo(default=training_model()())),
    }
    for name in KINDS:
        model = section_model(name)
        if model.model_fields:
            sections[name] = (model, FieldInfo(default=model()))
    sections["instances"] = (InstanceSettings, FieldInfo(default=InstanceSettings()))
    sections["export"] = (ExportSettings, FieldInfo(default=ExportSettings()))
    sections["consistency"] = (ConsistencySettings, FieldInfo(default=ConsistencySettings()))
    sections["report"] = (ReportSettings, FieldInfo(default=ReportSettings()))
    return create_model("Config", __base__=General, __doc__=General.__doc__, **sections)


def first_paragraph(text: str | None) -> str:
    """The first paragraph of a docstring in one line."""
    return " ".join((text or "").strip().partition("\n\n")[0].split())


if __name__ == "__main__":
    # this module runs as __main__; without this line the import below would load it a second time
    sys.modules["wsss.plan.config"] = sys.modules[__name__]
    from wsss.plan.config_files import write_generated

    write_generated()
