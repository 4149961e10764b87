"""Ids of photos that lie in any folders. Each id is a valid file name on every system."""

import hashlib
import re
from collections import Counter
from pathlib import Path

LONGEST = 120
"""largest length of an id in bytes; a file name, which adds to the id, may have 255"""


def make_photo_ids(root: Path, paths: list[Path]) -> dict[Path, str]:
    """Photo -> its id, by which its artifacts are named; ids differ also in lower case.

    An id is the path below `root` without the ending, with / as __ and other special characters as
    _. Where several photos get the same id, a hash of the path follows.
    """
    plain = {path: _to_file_name(path.relative_to(root)) for path in paths}
    times = Counter(name.lower() for name in plain.values())
    ids = {}
    for path, name in plain.items():
        ids[path] = name if times[name.lower()] == 1 else f"{name}-{_hash(path, root)}"
    return ids


def _to_file_name(path: Path) -> str:
    """A path as a file name; of a long one the end is kept, which tells photos apart."""
    name = re.sub(r"[^\w\-+@.]+", "_", path.with_suffix("").as_posix().replace("/", "__"))
    name = re.sub(r"\.\.+", "_", name).strip("_.") or "photo"
    while len(name.encode()) > LONGEST:
        name = name[1:]
    return name.lstrip("_.")


def _hash(path: Path, root: Path) -> str:
    """6 hex digits for a path below `root`."""
    return hashlib.sha256(path.relative_to(root).as_posix().encode()).hexdigest()[:6]
