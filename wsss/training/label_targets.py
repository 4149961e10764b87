"""The targets of a training on label maps: the labels, and what their folders hold beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wsss.data.box_files import read_planes
from wsss.data.index import Index
from wsss.data.label_checks import check_labels
from wsss.data.label_folder import LabelFolder
from wsss.data.photo import Photo
from wsss.data.places import join_places
from wsss.losses.labels_settings import SECOND
from wsss.losses.multi_point_settings import BOXES
from wsss.run.artifacts import way_out
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


def boxes_target(folders: Sequence[str], most: int) -> Target:
    """The target of the boxes in the subfolders boxes/: planes, uint8 (most, H, W), each with the
    label of a box inside of it. UserError where no folder has such a subfolder.
    """
    found = (path for folder in folders for path in Path(folder, BOXES).glob("*.json"))
    paths = join_places(((path.stem, path) for path in found), "boxes of photo")
    if not paths:
        raise UserError(
            f"labels {', '.join(folders)} have no subfolder {BOXES}/, which multi_point reads; "
            "write labels: boxes with keep_boxes: true, or set multi_point to 0"
        )

    def load(photo: Photo) -> Any:
        """The planes of a photo; UserError where its boxes are missing."""
        if photo.id not in paths:
            raise UserError(
                f"no boxes of photo {photo.id} in {', '.join(folders)}; {way_out(folders[0])}"
            )
        return read_planes(paths[photo.id], most)

    return Target(load, fill=0)


def _inside(folder: str, name: str) -> str:
    """The path of a subfolder; a UserError where it does not exist."""
    path = Path(folder, name)
    if not path.is_dir():
        raise UserError(
            f"labels {folder} have no subfolder {name}/, which this training reads; write them "
            "with labels.crf.confidence: true, or set soft: none"
        )
    return str(path)
