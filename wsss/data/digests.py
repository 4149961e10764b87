"""Digests, 16 hex digits of SHA-256: of files, of JSON values, and of the photos of a split."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from wsss.data.photo import KINDS, Photo
from wsss.run.files import require_file

DIGITS = 16
ABSENT = "0" * DIGITS
"""the digest of a kind of annotation that no photo of a split has"""


def digest_of_bytes(data: bytes) -> str:
    """The digest of `data`."""
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def digest_of_file(path: Path) -> str:
    """The digest of a file's bytes; OSError when it cannot be read."""
    with require_file(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:DIGITS]


def digest_of_values(values: Any) -> str:
    """The digest of JSON values; the order of keys does not matter."""
    return digest_of_bytes(json.dumps(values, sort_keys=True, separators=(",", ":")).encode())


def digests_of_photos(
    photos: Sequence[Photo], classes: tuple[str, ...], untagged: frozenset[str]
) -> dict[str, str]:
    """The digests of a sequence of photos; their order matters, the paths of their files do not.

    "photos" covers the class names and each photo's id, tags, group and bytes, and whether its id
    is in `untagged` (a stage predicts such photos without tags). Each kind of annotation that some
    photo has gets a digest of its own.
    """
    rows = _Rows()
    rows.add([classes])
    for photo in photos:
        digest, has_tags = photo.digests.get("photo"), photo.id not in untagged
        rows.add([photo.id, photo.tags, photo.group, digest, has_tags])
    digests = {"photos": rows.digest()}
    for kind in KINDS:
        if any(kind in photo.annotations for photo in photos):
            digests[kind] = _digest_of_kind(photos, kind)
    return digests


def _digest_of_kind(photos: Sequence[Photo], kind: str) -> str:
    """The digest of all annotations of a kind, by the digests of their files."""
    rows = _Rows()
    for photo in photos:
        rows.add([photo.id, photo.digests.get(kind)])
    return rows.digest()


class _Rows:
    """The digest of rows, each a line of JSON, of which only one is in memory at a time."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, row: list[Any]) -> None:
        self._hash.update(to_json(row) + b"\n")

    def digest(self) -> str:
        return self._hash.hexdigest()[:DIGITS]
