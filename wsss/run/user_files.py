"""Files of the user's that settings name, such as weights or a folder of saliency maps.

Their content affects the result, so a record states its digest. Planning must not read such files
each time. So X.run.json beside an artifact X keeps a digest of the files' sizes and times, in its
field `looks`, and only files whose sizes or times differ are read again.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo

from wsss.run.errors import raise_passing
from wsss.run.records import content_digest
from wsss.run.settings import USER_FILE, Settings

WORDS = ("imagenet", "none")
"""values that such a setting has instead of a path"""


def named_files(model: type[Settings], values: Mapping[str, Any]) -> dict[str, str]:
    """Setting -> path, for the settings of type `UserPath` that name an existing path."""
    found = {}
    for name, info in model.model_fields.items():
        value = values.get(name) if _may_name_files(info) else None
        if isinstance(value, str) and value not in WORDS and Path(value).exists():
            found[name] = value
    return found


def _may_name_files(info: FieldInfo) -> bool:
    """Whether a setting is of the type `UserPath` or `UserPath | None`."""
    of_union = [getattr(part, "__metadata__", ()) for part in get_args(info.annotation)]
    return any(USER_FILE in metadata for metadata in [info.metadata, *of_union])


def read_of(name: str, digest: str) -> dict[str, dict[str, str]]:
    """The entry of a record's field `read` for the files that a setting names."""
    return {f"setting {name}": {"files": digest}}


def contents_of(files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The entries of `read_of` for setting -> path; reads all files."""
    found: dict[str, dict[str, str]] = {}
    for name, path in files.items():
        found |= read_of(name, content_digest(path))
    return found


def stat_digests(files: Mapping[str, str]) -> dict[str, str]:
    """Setting -> digest of the sizes and times of its files, for setting -> path."""
    return {name: stat_digest(path) for name, path in files.items()}


def stat_digest(path: str | Path) -> str:
    """16 hex digits for the names, sizes, times and inodes of a file, or of all files in a folder.

    The change time (ctime) is among them. Programs can set the modification time of a file, but not
    its change time, so a replaced file is always noticed.
    """
    lines = sorted(_lines(Path(path)))
    return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()[:16]


def _lines(path: Path) -> Iterator[str]:
    """A line on each file."""
    if not path.is_dir():
        yield _line("", path.stat())
        return
    for place, _, files in os.walk(path, onerror=raise_passing):
        for name in files:
            file = Path(place, name)
            yield _line(file.relative_to(path).as_posix(), file.stat())


def _line(name: str, status: os.stat_result) -> str:
    return f"{name} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"
