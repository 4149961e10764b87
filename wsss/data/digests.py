"""Digests: what stands for the content of files, of values, and of the photos of a split."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from wsss.data.photo import KINDS, Photo

DIGITS = 16
ABSENT = "0" * DIGITS
"""the digest of a kind of annotation that no photo of a split has"""


def digest_of_bytes(data: bytes) -> str:
    """16 hex digits that stand for `data`."""
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def digest_of_file(path: Path) -> str:
    """16 hex digits that stand for the bytes of a file; OSError when it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:DIGITS]


def digest_of_values(values: Any) -> str:
    """16 hex digits that stand for JSON values, however their keys are ordered."""
    return digest_of_bytes(json.dumps(values, sort_keys=True, separators=(",", ":")).encode())


def digests_of_photos(
    photos: Sequence[Photo], classes: tuple[str, ...], untagged: frozenset[str]
) -> dict[str, str]:
    """The digests of photos in their order.

    "photos" stands for all that stages know of them without annotations: the files, ids, tags,
    groups, the classes that tags name, and which ids are `untagged`, that is, have no known tags
    and are predicted otherwise. Each kind that some photo has stands for its annotations. Paths
    do not count.
    """
    rows = _Rows()
    rows.add([classes])
    for photo in photos:
        digest, known = photo.digests.get("photo"), photo.id not in untagged
        rows.add([photo.id, photo.tags, photo.group, digest, known])
    digests = {"photos": rows.digest()}
    for kind in KINDS:
        if any(kind in photo.annotations for photo in photos):
            digests[kind] = _digest_of_kind(photos, kind)
    return digests


def _digest_of_kind(photos: Sequence[Photo], kind: str) -> str:
    rows = _Rows()
    for photo in photos:
        rows.add([photo.id, photo.digests.get(kind)])
    return rows.digest()


class _Rows:
    """The digest of rows, one line of JSON each, which never are in memory together."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, row: list[Any]) -> None:
        self._hash.update(to_json(row) + b"\n")

    def digest(self) -> str:
        return self._hash.hexdigest()[:DIGITS]
