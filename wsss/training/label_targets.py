"""The targets of a training on label maps: the labels, and what their folders hold beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wsss.data.checks import check_labels
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.data.photo import Photo
from wsss.losses.labels_settings import SECOND
from wsss.run.errors import UserError
from wsss.training.targets import LABELS, Target, labels_target


def targets_in(
    folders: Sequence[str], index: Index, beside: Sequence[str] = ()
) -> dict[str, Target]:
    """The targets that load the label maps in these folders, one for each shard, and under their
    names the maps in the subfolders `beside`.

    All are resized by the nearest value, so that each pixel keeps what belongs to its label. A
    UserError names a folder without such a subfolder.
    """
    targets = {LABELS: target_in(folders, index=index)}
    for name in beside:
        inside = [_inside(folder, name) for folder in folders]
        targets[name] = target_in(inside, f"{name} map", index if name == SECOND else None)
    return targets


def target_in(
    folders: Sequence[str], what: str = "label map", index: Index | None = None
) -> Target:
    """The target that loads maps, uint8 (H, W), from these folders, padded by IGNORE. With an
    `index` a UserError names a map with a label that this dataset does not have.
    """
    maps = LabelFolder(folders, what)

    def load_map(photo: Photo) -> Any:
        """The map of a photo, whose labels are checked."""
        found = maps[photo.id]
        if index is not None:
            check_labels(index, photo, found, f"{what} {maps.path(photo.id)}")
        return found

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
