"""Writes and reads the two files of an index: the head, and a file with a line for each photo.

Lines are sorted by the photos' places (wsss/data/photo.py), so a shard is a run of lines. The range
of places is cut into 1024 equal buckets. The head has the byte offset and the digest of each, so a
shard is read and checked without the rest of the file.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError
from pydantic_core import from_json

from wsss.data.digests import DIGITS, digest_of_bytes
from wsss.data.index_format import (
    AGAIN,
    BUCKETS,
    FORMAT,
    VERSION,
    AllPhotos,
    Head,
    Line,
    make_line,
    unreadable,
)
from wsss.data.photo import Photo
from wsss.run.errors import UserError
from wsss.run.files import require_file

SHIFT = 64 - 10
"""place >> SHIFT is the bucket: the highest 10 of 64 bits, for 1024 = 2^10 buckets"""


def head_path(path: str | Path) -> Path:
    """The path of an index's head: `path` itself, or index.json in it if it is a folder."""
    return Path(path, "index.json") if Path(path).is_dir() else Path(path)


def lines_path(path: str | Path) -> Path:
    """The path of the lines of the index at `path`: the head's name with .jsonl."""
    path = head_path(path)
    lines = Path(path).with_suffix(".jsonl")
    if lines == Path(path):
        raise UserError(
            f"the name of index {path} ends with .jsonl, which is for the file of its photos; "
            f"name it {lines.stem}.json"
        )
    return lines


def write_lines(
    lines: Path, photos: Iterable[Photo], splits: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Write the photos to the file `lines`.

    Returns the BUCKETS + 1 byte offsets where buckets begin and the last ends, and the BUCKETS
    digests of their bytes.
    """
    positions = _find_positions(splits)
    sizes, digests = [0] * BUCKETS, [hashlib.sha256() for _ in range(BUCKETS)]
    with lines.open("wb") as file:
        for photo in sorted(photos, key=lambda photo: (photo.place, photo.id)):
            line = make_line(photo, positions.get(photo.id, {})).model_dump_json().encode() + b"\n"
            bucket = photo.place >> SHIFT
            sizes[bucket] += file.write(line)
            digests[bucket].update(line)
    starts = tuple(accumulate(sizes, initial=0))
    return starts, tuple(digest.hexdigest()[:DIGITS] for digest in digests)


def _find_positions(splits: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, int]]:
    """Photo id -> split -> position in the split."""
    positions: dict[str, dict[str, int]] = {}
    for name, ids in splits.items():
        for position, photo_id in enumerate(ids):
            positions.setdefault(photo_id, {})[name] = position
    return positions


def read_head(path: str | Path) -> Head:
    """The head of the index at `path`; UserError if it is damaged or of another version."""
    try:
        data = require_file(head_path(path)).read_bytes()
        _check_version(path, from_json(data))
        head = Head.model_validate_json(data)
    except (OSError, ValueError) as error:
        raise unreadable(path, _describe(error))
    parts: list[AllPhotos] = [head.all, *head.splits.values()]
    if any("photos" not in part.digests for part in parts):
        raise unreadable(path, "a digest of photos is missing")
    if list(head.buckets) != sorted(head.buckets):
        raise unreadable(path, "buckets are not in order")
    return head


def _check_version(path: str | Path, raw: Any) -> None:
    """UserError if `raw`, the JSON of a head, is of an older or newer version.

    Version 1 had neither `format` nor `version`. Other JSON passes; it is checked later.
    """
    if not isinstance(raw, dict):
        return
    is_version_1 = raw.get("format") is None and {"photos", "splits", "root"} <= set(raw)
    version = raw.get("version") if raw.get("format") == FORMAT else None
    if is_version_1 or (isinstance(version, int) and version < VERSION):
        raise UserError(f"index {path} is of an older version; {AGAIN}")
    if isinstance(version, int) and version > VERSION:
        raise UserError(
            f"index {path} is of version {version}, which this program does not know; "
            f"update the program, or {AGAIN}"
        )


def read_lines(path: str | Path, head: Head, places: range) -> Iterator[Line]:
    """The lines of the photos at `places`, in the order of places.

    Only the bytes of their buckets are read. UserError if these are damaged.
    """
    if not places:
        return
    lines = lines_path(path)
    try:
        # a buffer would read beyond the buckets
        with require_file(lines).open("rb", buffering=0) as file:
            if lines.stat().st_size != head.buckets[-1]:
                raise unreadable(path, f"{lines.name} is not as long as it was written")
            for bucket in range(places.start >> SHIFT, ((places.stop - 1) >> SHIFT) + 1):
                yield from _read_bucket(path, head, bucket, file, places)
    except OSError as error:
        raise unreadable(path, f"{lines.name}: {error.strerror}")


def _read_bucket(
    path: str | Path, head: Head, bucket: int, file: BinaryIO, places: range
) -> Iterator[Line]:
    """The lines of one bucket that are at `places`; `path` is for messages."""
    start, end = head.buckets[bucket : bucket + 2]
    file.seek(start)
    data = file.read(end - start)
    if digest_of_bytes(data) != head.bucket_digests[bucket]:
        raise unreadable(path, f"{lines_path(path).name} is damaged in bytes {start} to {end}")
    for text in data.splitlines():
        try:
            line = Line.model_validate_json(text)
            place = line.photo().place
        except (ValidationError, UserError) as error:
            raise unreadable(path, _describe(error))
        if place >> SHIFT != bucket:
            raise unreadable(path, f"photo {line.id!r} is not in its place")
        if place in places:
            yield line


def _describe(error: Exception) -> str:
    """An error in one line: the key and fault of a validation error, else the system's words."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return getattr(error, "strerror", None) or str(error)
