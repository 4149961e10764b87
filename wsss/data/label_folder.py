"""Label maps of many photos: one folder a shard, one palette PNG a photo."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wsss.data.images import read_labels
from wsss.run.errors import UserError


class LabelFolder:
    """Gives the label map (or `what` else it is called) of a photo id out of any number of shard
    folders.
    """

    def __init__(self, folders: Sequence[str | Path], what: str = "label map") -> None:
        self._what = what
        self._folders = [Path(f) for f in folders]
        self._paths: dict[str, Path] = {}
        for folder in self._folders:
            self._paths |= {path.stem: path for path in folder.glob("*.png")}

    def __getitem__(self, photo_id: str) -> np.ndarray:
        """The uint8 (H, W) label map."""
        return read_labels(self.path(photo_id))

    def path(self, photo_id: str) -> Path:
        """Where the label map of a photo is, or a UserError that names the photo and the
        folders.
        """
        if photo_id not in self._paths:
            raise UserError(
                f"no {self._what} of photo {photo_id} in {', '.join(map(str, self._folders))}; "
                "delete these folders and rerun"
            )
        return self._paths[photo_id]
