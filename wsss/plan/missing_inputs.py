"""Finds what a chain needs and only people can give, such as clicks, or photos with saliency masks:
settings that name nothing, and paths of which there is no file. The rows of an experiment that lack
such a setting are left out, and its table says what to give.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from wsss.plan.chains import Chain, Step
from wsss.plan.datasets.base import Dataset
from wsss.plan.step_settings import address


class Given(NamedTuple):
    """Something that people give by settings."""

    what: str
    """what it is, in words"""
    typed: str
    """the words after --config that give it"""


SALIENCY_PHOTOS = Given(
    "photos with saliency masks", "'saliency_photos={photos: FOLDER, masks: FOLDER}'"
)
FILES = {
    ("saliency_photos", "photos"): SALIENCY_PHOTOS,
    ("saliency_photos", "masks"): SALIENCY_PHOTOS,
    ("saliency", "folder"): Given(
        "saliency maps of the photos that train", "'saliency={folder: {folder: FOLDER}}'"
    ),
    ("other_photos", "root"): Given("photos of another dataset", "'other_photos={root: FOLDER}'"),
    ("maps", "folder"): Given("class maps of other code", "'maps={folder: {folder: FOLDER}}'"),
}
"""(kind of step, setting without a default, which names a folder) -> what it names"""
TABLES = (("other_photos", "tags"),)
"""(kind of step, setting that may name a file or a folder)"""
ANNOTATIONS = {
    "mask": Given("true masks", "'folder={masks: FOLDER}'"),
    "scribble": Given("strokes", "'annotations={scribbles: [FOLDER]}'"),
    "points": Given("clicks", "'annotations={points: [FILE]}'"),
    "boxes": Given("boxes", "'annotations={boxes: [FILE]}'"),
    "depth": Given("the depth of each photo", "dataset=rgbd data_root=FOLDER"),
}
"""kind of annotation -> how people give it"""
BESIDE = ("tags", "fixes", "masks", "splits", "groups")
"""the settings of a folder of photos that name files beside it"""
SIMULATED = "simulated_scribbles"
"""the annotation that is made from masks"""


def find_missing(chain: Chain, dataset: Dataset) -> str:
    """What to give to a chain that lacks something, in words; "" if it lacks nothing."""
    return next((line for step in chain for line in missing_of(step, dataset)), "")


def missing_of(step: Step, dataset: Dataset) -> Iterator[str]:
    """What to give to a step, in words."""
    for given in (*_missing_files(step), *_missing_annotations(step, dataset)):
        yield f"give {given.what} by `--config {given.typed}`"


def absent_of(step: Step) -> Iterator[str]:
    """The paths that the settings of a step name and that are not there, in words."""
    for kind, setting in (*FILES, *TABLES):
        path = step.settings.get(setting) if step.kind == kind else None
        if path:
            yield from _fault(address(step, setting), path, (kind, setting) in FILES)


def absent_of_dataset(dataset: Dataset) -> Iterator[str]:
    """The paths beside the photos that the settings of a dataset name and that are not there, in
    words. The index reads them all, whatever a recipe needs.
    """
    config = dataset.config
    named = [("corrections", config.corrections)]
    for key, paths in config.annotations.model_dump().items():
        named += [(f"annotations.{key}", path) for path in paths]
    if dataset.own:
        named += [(f"folder.{key}", getattr(config.folder, key)) for key in BESIDE]
    for setting, path in named:
        if path:
            yield from _fault(setting, path)


def absent_of_exports(dataset: Dataset) -> Iterator[str]:
    """The table that exports read and that is not there, in words."""
    if dataset.config.export.marked:
        yield from _fault("export.marked", dataset.config.export.marked)


def _fault(setting: str, path: str, is_folder: bool = False) -> Iterator[str]:
    """What is wrong with the path that a setting names, in words; nothing if it is there."""
    if not Path(path).exists():
        yield f"{setting} is '{path}', which does not exist"
    elif is_folder and not Path(path).is_dir():
        yield f"{setting} is '{path}', which is not a folder"


def _missing_files(step: Step) -> Iterator[Given]:
    for (kind, setting), given in FILES.items():
        if step.kind == kind and setting in step.settings and not step.settings[setting]:
            yield given


def _missing_annotations(step: Step, dataset: Dataset) -> Iterator[Given]:
    """The annotations that a step lacks. One that takes the best of several kinds (`order`) lacks
    them only where there are none of any kind.
    """
    order = step.settings.get("order")
    kinds = order or [kind for kind in step.entry.annotations if kind in ANNOTATIONS]
    missing = [kind for kind in kinds if not _has(dataset, kind)]
    if missing and (order is None or len(missing) == len(kinds)):
        yield ANNOTATIONS["mask" if missing[0] == SIMULATED else missing[0]]


def _has(dataset: Dataset, kind: str) -> bool:
    """Whether the photos of a dataset have annotations of a kind, as far as the settings tell."""
    config = dataset.config
    if any(config.annotations.sources.get(kind, ())):
        return True
    if kind in ("mask", SIMULATED):
        return dataset.has_masks
    if kind == "boxes":
        return dataset.has_boxes
    return kind == "depth" and dataset.has_depth
