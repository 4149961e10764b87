"""Artifacts of several steps on a command line: NAME=PATH, once for each shard of an artifact."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader, ScoreMap
from wsss.run.errors import UserError

Artifact = ScoreMap | np.ndarray
"""the artifact of one photo: its score map, or its label map uint8 (H, W)"""


def by_name(pairs: Iterable[str]) -> dict[str, list[str]]:
    """Group NAME=PATH pairs: name -> paths, both in the order of the command line."""
    paths: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, path = pair.partition("=")
        if not equals:
            raise UserError(f"'{pair}' is not NAME=PATH; write the name, =, and the path")
        paths.setdefault(name, []).append(path)
    return paths


def is_saliency(paths: Iterable[str]) -> bool:
    """Whether folders of PNGs hold saliency maps rather than label maps.

    Only the path tells: the workflow keeps saliency maps in `saliency/SPLIT/k-of-n`.
    """
    return any("saliency" in Path(path).parts[-3:-1] for path in paths)


def is_confidence(paths: Iterable[str]) -> bool:
    """Whether folders of PNGs hold the confidence in masks, which is kept in
    `confidence/SPLIT/k-of-n`.
    """
    return any("confidence" in Path(path).parts[-3:-1] for path in paths)


def readers(pairs: Iterable[str]) -> dict[str, MapReader | LabelFolder]:
    """Name -> a reader that gives a photo's artifact by its id.

    Paths that end with .h5 are shards of score maps, others are folders of label maps.
    """
    opened: dict[str, MapReader | LabelFolder] = {}
    for name, paths in by_name(pairs).items():
        opened[name] = MapReader(paths) if paths[0].endswith(".h5") else LabelFolder(paths)
    return opened
