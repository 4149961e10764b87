"""Label maps on disk: a folder for each shard, a palette PNG for each photo."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wsss.data.images import read_labels
from wsss.data.places import join_places
from wsss.run.errors import UserError


class LabelFolder:
    """Reads the label map of a photo id from any number of shard folders.

    `what` is the name of such a map in messages. UserError for a photo in two folders.
    """

    def __init__(self, folders: Sequence[str | Path], what: str = "label map") -> None:
        self._what = what
        self._folders = [Path(folder) for folder in folders]
        found = ((path.stem, path) for folder in self._folders for path in folder.glob("*.png"))
        self._paths = join_places(found, f"{what} of photo")

    def __getitem__(self, photo_id: str) -> np.ndarray:
        """The label map, uint8 (H, W); UserError if it is missing or damaged."""
        return read_labels(self.path(photo_id))

    def path(self, photo_id: str) -> Path:
        """The path of a photo's label map; UserError if no folder holds it."""
        if photo_id not in self._paths:
            raise UserError(
                f"no {self._what} of photo {photo_id} in {', '.join(map(str, self._folders))}; "
                "add it, or make the folders again if a stage of the program made them"
            )
        return self._paths[photo_id]
