"""Files of the user that settings name, such as weights or a folder of saliency maps, and what a
record says of them.

Their content decides. So that planning need not read them each time, X.run.json beside an artifact
X also keeps what they looked like from outside; only files that look different are read again.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo

from wsss.run.records import content_digest
from wsss.run.settings import OUTSIDE, Settings

WORDS = ("imagenet", "none")
"""what settings that may name a file say instead of one"""


def named_files(model: type[Settings], values: Mapping[str, Any]) -> dict[str, str]:
    """Setting -> path, of the settings that name files which are there."""
    found = {}
    for name, info in model.model_fields.items():
        value = values.get(name) if _is_outside(info) else None
        if isinstance(value, str) and value not in WORDS and Path(value).exists():
            found[name] = value
    return found


def _is_outside(info: FieldInfo) -> bool:
    """Whether a setting is a path of the user's, or may be None beside that."""
    parts = [
        info.metadata,
        *(getattr(part, "__metadata__", ()) for part in get_args(info.annotation)),
    ]
    return any(OUTSIDE in metadata for metadata in parts)


def read_of(name: str, digest: str) -> dict[str, dict[str, str]]:
    """What a record says of the files that a setting names."""
    return {f"setting {name}": {"files": digest}}


def contents_of(files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What a record says of all of them; reads them."""
    found: dict[str, dict[str, str]] = {}
    for name, path in files.items():
        found |= read_of(name, content_digest(path))
    return found


def looks_of(files: Mapping[str, str]) -> dict[str, str]:
    """Setting -> `look_of` the files that it names."""
    return {name: look_of(path) for name, path in files.items()}


def look_of(path: str | Path) -> str:
    """16 hex digits for what a listing shows of files: names, sizes, times and inodes.

    A file that is replaced has another change time, which nobody can set, whatever its size and
    time of modification are made to be.
    """
    looks = sorted(_looks(Path(path)))
    return hashlib.sha256("\n".join(looks).encode()).hexdigest()[:16]


def _looks(path: Path) -> Iterator[str]:
    if not path.is_dir():
        yield _look("", path.stat())
        return
    for place, _, files in os.walk(path):
        for name in files:
            file = Path(place, name)
            yield _look(file.relative_to(path).as_posix(), file.stat())


def _look(name: str, found: os.stat_result) -> str:
    return f"{name} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
