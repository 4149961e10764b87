"""The files that can be written of a predicted photo besides its mask: the probabilities of all
labels, the probability of the chosen one, and the photo with its mask in colours.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from wsss.data.colours import class_colours
from wsss.data.images import write_grey
from wsss.report.picture import label_panel
from wsss.run.files import atomic
from wsss.segment.photo_predictor import Prediction

ENDINGS = {"probabilities": ".npz", "confidence": ".png", "overlay": ".jpg"}
"""what can be written -> the ending of its files"""
QUALITY = 90
"""JPEG quality of overlays"""


class ExtraFiles:
    """Writes files beside masks; `folders` is what to write, keys of ENDINGS -> its folder."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self.folders = dict(folders)

    @property
    def need_probabilities(self) -> bool:
        """Whether something is written that is made of probabilities."""
        return bool(self.folders.keys() - {"overlay"})

    def paths(self, mask: str) -> dict[str, Path]:
        """What is written -> the file that goes with a mask, a path below the folder of masks."""
        found = {}
        for name, folder in self.folders.items():
            found[name] = folder / Path(mask).with_suffix(ENDINGS[name])
        return found

    def write(self, mask: str, photo: np.ndarray, found: Prediction, labels: Sequence[str]) -> None:
        """Write all files of a photo, uint8 (H, W, 3). `labels` are the names of all labels."""
        for name, path in self.paths(mask).items():
            with atomic(path) as temporary:
                _write(name, temporary, photo, found, class_colours(labels))


def _write(
    name: str, path: Path, photo: np.ndarray, found: Prediction, colours: np.ndarray
) -> None:
    """Write one file. In that of probabilities is an array `probabilities`, float16 (K + 1, H, W),
    background first.
    """
    if name == "overlay":
        panel = label_panel(photo, found.labels, colours)
        Image.fromarray(panel).save(path, "JPEG", quality=QUALITY)
        return
    assert found.probabilities is not None and found.confidence is not None
    if name == "confidence":
        write_grey(path, found.confidence)
        return
    with path.open("wb") as file:
        np.savez_compressed(file, probabilities=found.probabilities.astype(np.float16))
