"""The targets of a training on label maps: the labels, and what their folders hold beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wsss.data.label_folder import LabelFolder
from wsss.data.photo import Photo
from wsss.run.errors import UserError
from wsss.training.targets import LABELS, Target, labels_target


def targets_in(folders: Sequence[str], beside: Sequence[str] = ()) -> dict[str, Target]:
    """The targets that load the label maps in these folders, one for each shard, and under their
    names the maps in the subfolders `beside`.

    All are resized by the nearest value, so that each pixel keeps what belongs to its label. A
    UserError names a folder without such a subfolder.
    """
    targets = {LABELS: target_in(folders)}
    for name in beside:
        targets[name] = target_in([_inside(folder, name) for folder in folders], f"{name} map")
    return targets


def target_in(folders: Sequence[str], what: str = "label map") -> Target:
    """The target that loads maps, uint8 (H, W), from these folders, padded by IGNORE."""
    maps = LabelFolder(folders, what)

    def load_map(photo: Photo) -> Any:
        return maps[photo.id]

    return labels_target(load_map)


def _inside(folder: str, name: str) -> str:
    """The path of a subfolder; a UserError where it does not exist."""
    path = Path(folder, name)
    if not path.is_dir():
        raise UserError(
            f"labels {folder} have no subfolder {name}/, which this training reads; write them "
            "with labels.confidence: true, or set soft: none"
        )
    return str(path)
