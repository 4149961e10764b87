"""Finds what a chain needs and only people can give, such as clicks, or photos with saliency masks.
The rows of an experiment that lack it are left out, and its table says what to give.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from wsss.plan.chains import Chain, Step
from wsss.plan.dataset import COCO, Dataset


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
"""(kind of step, setting without a default) -> what it names"""
ANNOTATIONS = {
    "mask": Given("true masks", "'folder={masks: FOLDER}'"),
    "scribble": Given("strokes", "'annotations={scribbles: [FOLDER]}'"),
    "points": Given("clicks", "'annotations={points: [FILE]}'"),
    "boxes": Given("boxes", "'annotations={boxes: [FILE]}'"),
    "depth": Given("the depth of each photo", "dataset=rgbd data_root=FOLDER"),
}
"""kind of annotation -> how people give it"""
SIMULATED = "simulated_scribbles"
"""the annotation that is made from masks"""


def find_missing(chain: Chain, dataset: Dataset) -> str:
    """What to give to a chain that lacks something, in words; "" if it lacks nothing."""
    return next((line for step in chain for line in missing_of(step, dataset)), "")


def missing_of(step: Step, dataset: Dataset) -> Iterator[str]:
    """What to give to a step, in words."""
    for given in (*_missing_files(step), *_missing_annotations(step, dataset)):
        yield f"give {given.what} by `--config {given.typed}`"


def absent_of(step: Step, dataset: Dataset) -> Iterator[str]:
    """The files and folders that a step is given and that do not exist, in words."""
    paths = [str(step.settings.get(setting) or "") for kind, setting in FILES if kind == step.kind]
    for kind in step.entry.annotations:
        paths += dataset.config.annotations.sources.get(kind, ())
    for path in filter(None, paths):
        if not Path(path).exists():
            yield f"{path} does not exist"


def _missing_files(step: Step) -> Iterator[Given]:
    for (kind, setting), given in FILES.items():
        if step.kind == kind and step.settings.get(setting, "") is None:
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
    if config.annotations.sources.get(kind):
        return True
    if kind in ("mask", SIMULATED):
        return not dataset.own or config.folder.masks is not None
    if kind == "boxes":
        return not dataset.own and dataset.name != COCO
    return kind == "depth" and dataset.has_depth
