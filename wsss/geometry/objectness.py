"""The objectness of a scene's points on disk, and what methods that make it get of a scene."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wsss.data.index import Index
from wsss.data.maps import MapReader
from wsss.data.scene_files import SceneFile, scene_writer
from wsss.geometry.cloud import Cloud
from wsss.geometry.votes import Objectness


@dataclass(frozen=True)
class Scene:
    """What a method that makes objectness gets of a scene."""

    name: str
    index: Index
    cloud: Cloud
    maps: MapReader | None = None
    """a network's maps of background and classes"""
    before: "Stored | None" = None
    """the objectness of an earlier step"""


class Stored:
    """Reads the objectness of a scene."""

    def __init__(self, file: SceneFile) -> None:
        self._file = file
        self.boxed: list[str] = [str(name) for name in file.about["boxed"]]
        """the photos whose boxes counted"""

    def read(self) -> Objectness:
        """The objectness."""
        scores = self._file.array("scores").astype(np.float32)
        return Objectness(scores, self._file.array("known").astype(bool))


def write_objectness(path: Path, made: Objectness, boxed: list[str]) -> None:
    """Write the objectness of a scene, whose photos `boxed` have boxes that counted."""
    with scene_writer(path) as file:
        file.add("scores", made.scores.astype(np.float16))
        file.add("known", made.known)
        file.finish({"boxed": boxed})
