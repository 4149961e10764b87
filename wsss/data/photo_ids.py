"""Ids of photos that lie in any folders. An id can be the name of a file."""

import hashlib
import re
from collections import Counter
from pathlib import Path

LONGEST = 120
"""bytes of a photo's id; file systems take 255 for a name with all that is put around it"""


def photo_ids(root: Path, paths: list[Path]) -> dict[Path, str]:
    """A name for the artifacts of each photo below `root`. All differ, also without regard to
    case.

    It is the photo's path, with what file names cannot have replaced.
    """
    plain = {path: _plain(path.relative_to(root)) for path in paths}
    times = Counter(name.lower() for name in plain.values())
    ids = {}
    for path, name in plain.items():
        ids[path] = name if times[name.lower()] == 1 else f"{name}-{_hash(path, root)}"
    return ids


def _plain(path: Path) -> str:
    name = re.sub(r"[^\w\-+@.]+", "_", path.with_suffix("").as_posix().replace("/", "__"))
    name = re.sub(r"\.\.+", "_", name).strip("_.") or "photo"
    while len(name.encode()) > LONGEST:
        name = name[1:]
    return name.lstrip("_.")


def _hash(path: Path, root: Path) -> str:
    return hashlib.sha256(path.relative_to(root).as_posix().encode()).hexdigest()[:6]
