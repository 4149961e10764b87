"""Writing and reading the two files of an index: a head of JSON, and a line for each photo.

Lines stand in the order of the photos' places, so that a shard is one run of them. The head says
where each of 1024 equal parts of the places begins (its bucket) and what digest its bytes have.
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
    line_of,
    unreadable,
)
from wsss.data.photo import Photo
from wsss.run.errors import UserError

SHIFT = 64 - 10
"""a photo's bucket is the highest ten bits of its place"""


def head_path(path: str | Path) -> Path:
    """Where the head of an index is: `path` itself, or index.json in a folder that a stage made."""
    return Path(path, "index.json") if Path(path).is_dir() else Path(path)


def lines_path(path: str | Path) -> Path:
    """Where the photos of the index at `path` are."""
    path = head_path(path)
    lines = Path(path).with_suffix(".jsonl")
    if lines == Path(path):
        raise UserError(
            f"index {path} ends with .jsonl, as the file of its photos does; "
            f"name it {lines.stem}.json"
        )
    return lines


def write_lines(
    lines: Path, photos: Iterable[Photo], splits: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Write the photos to `lines`; gives where buckets begin (and end), and their digests."""
    positions = _positions(splits)
    sizes, digests = [0] * BUCKETS, [hashlib.sha256() for _ in range(BUCKETS)]
    with lines.open("wb") as file:
        for photo in sorted(photos, key=lambda photo: (photo.place, photo.id)):
            line = line_of(photo, positions.get(photo.id, {})).model_dump_json().encode() + b"\n"
            bucket = photo.place >> SHIFT
            sizes[bucket] += file.write(line)
            digests[bucket].update(line)
    starts = tuple(accumulate(sizes, initial=0))
    return starts, tuple(digest.hexdigest()[:DIGITS] for digest in digests)


def _positions(splits: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, int]]:
    """Photo id -> split -> position."""
    positions: dict[str, dict[str, int]] = {}
    for name, ids in splits.items():
        for position, photo_id in enumerate(ids):
            positions.setdefault(photo_id, {})[name] = position
    return positions


def read_head(path: str | Path) -> Head:
    """The head of the index at `path`; damage and another version are errors that name it."""
    try:
        data = head_path(path).read_bytes()
        _check_version(path, from_json(data))
        head = Head.model_validate_json(data)
    except (OSError, ValueError) as error:
        raise unreadable(path, _why(error))
    parts: list[AllPhotos] = [head.all, *head.splits.values()]
    if any("photos" not in part.digests for part in parts):
        raise unreadable(path, "a digest of photos is missing")
    if list(head.buckets) != sorted(head.buckets):
        raise unreadable(path, "buckets are not in order")
    return head


def _check_version(path: str | Path, raw: Any) -> None:
    if not isinstance(raw, dict):
        return
    first = raw.get("format") is None and {"photos", "splits", "root"} <= set(raw)
    version = raw.get("version") if raw.get("format") == FORMAT else None
    if first or (isinstance(version, int) and version < VERSION):
        raise UserError(f"index {path} is of an older version; {AGAIN}")
    if isinstance(version, int) and version > VERSION:
        raise UserError(
            f"index {path} is of version {version}, which this program does not know; "
            f"update the program, or {AGAIN}"
        )


def read_lines(path: str | Path, head: Head, places: range) -> Iterator[Line]:
    """The photos at `places`; no other bytes are read than those of their buckets."""
    if not places:
        return
    lines = lines_path(path)
    try:
        with lines.open("rb", buffering=0) as file:  # a buffer would read beyond
            if lines.stat().st_size != head.buckets[-1]:
                raise unreadable(path, f"{lines.name} is not as long as it was written")
            for bucket in range(places.start >> SHIFT, ((places.stop - 1) >> SHIFT) + 1):
                yield from _lines_of(path, head, bucket, file, places)
    except OSError as error:
        raise unreadable(path, f"{lines.name}: {error.strerror}")


def _lines_of(
    path: str | Path, head: Head, bucket: int, file: BinaryIO, places: range
) -> Iterator[Line]:
    start, end = head.buckets[bucket : bucket + 2]
    file.seek(start)
    data = file.read(end - start)
    if digest_of_bytes(data) != head.bucket_digests[bucket]:
        raise unreadable(path, f"{lines_path(path).name} is damaged in bytes {start} to {end}")
    for text in data.splitlines():
        try:
            line = Line.model_validate_json(text)
        except ValidationError as error:
            raise unreadable(path, _why(error))
        place = line.photo().place
        if place >> SHIFT != bucket:
            raise unreadable(path, f"photo {line.id!r} is not in its place")
        if place in places:
            yield line


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return getattr(error, "strerror", None) or str(error)
