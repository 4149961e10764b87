"""Artifacts of several stages on a command line: NAME=PATH pairs, with any number of shards per
name.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader, ScoreMap
from wsss.run.errors import UserError

Artifact = ScoreMap | np.ndarray


def by_name(pairs: Iterable[str]) -> dict[str, list[str]]:
    """Name -> its paths, both in the order in which they are given."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, path = pair.partition("=")
        if not equals:
            raise UserError(f"'{pair}' is not NAME=PATH")
        found.setdefault(name, []).append(path)
    return found


def is_saliency(paths: Iterable[str]) -> bool:
    """Whether folders of PNGs hold saliency maps: they lie in a folder of that name,
    `saliency/SPLIT/k-of-n`.
    """
    return any("saliency" in Path(path).parts[-3:-1] for path in paths)


def readers(pairs: Iterable[str]) -> dict[str, MapReader | LabelFolder]:
    """Name -> a reader of a photo's artifact by its id: score maps from .h5 shards, else label maps
    from folders.
    """
    found: dict[str, MapReader | LabelFolder] = {}
    for name, paths in by_name(pairs).items():
        found[name] = MapReader(paths) if paths[0].endswith(".h5") else LabelFolder(paths)
    return found
