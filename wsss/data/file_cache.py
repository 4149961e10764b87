"""What files held when they were last read. A file that did not change since is not read again.

A file did not change when its size, its times of change (of content and of state) and its inode
are what they were. This is kept beside an index and is no part of it: without it the index is
the same.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from wsss.data.digests import digest_of_bytes, digest_of_file
from wsss.run.code import CODE
from wsss.run.errors import UserError
from wsss.run.files import atomic

VERSION = 2
"""to be raised when what is noted of a file changes its meaning"""
Look = tuple[int, int, int, int]
"""size in bytes, mtime and ctime in ns, inode"""
T = TypeVar("T")


@dataclass
class File:
    """How one file looked from outside, the digest of its bytes, and what readers found in it."""

    look: Look
    digest: str
    found: dict[str, Any] = field(default_factory=dict)


_ROW = TypeAdapter(tuple[str, int, int, int, int, str, dict[str, Any]])


class FileCache:
    """What the files of a dataset hold, by their paths below `root`; only changed ones are read."""

    def __init__(self, root: str | Path, known: dict[str, File] | None = None) -> None:
        self._root = f"{Path(root)}/"
        self.known = known or {}
        self._asked: set[str] = set()

    def digest(self, path: Path) -> str:
        """The digest of a file's bytes; UserError when it cannot be read."""
        return self._file(path).digest

    def found(self, path: Path, read: Callable[[Path], T]) -> T:
        """What `read` finds in a file: a JSON value. What `read` raises is raised."""
        file, name = self._file(path), read.__name__
        code = _code_of(read.__module__)
        if file.found.get(name, {}).get("code") != code:
            file.found[name] = {"code": code, "value": read(path)}
        return file.found[name]["value"]  # type: ignore[no-any-return]

    def _file(self, path: Path) -> File:
        key = str(path).removeprefix(self._root)
        self._asked.add(key)
        try:
            look = _look(path)
            if key not in self.known or self.known[key].look != look:
                self.known[key] = File(look, digest_of_file(path))
        except (OSError, ValueError) as error:
            raise UserError(
                f"file {path} cannot be read ({error}); put it back, or take its photo "
                "out of the dataset"
            )
        return self.known[key]

    def save(self, index: str | Path, state: str | None) -> None:
        """Write beside `index` what is known.

        `state` is how the dataset's files looked when the index was made, or None where the work
        broke off; then entries that were not asked for this time are kept too.
        """
        keys = sorted(key for key in self.known if state is None or key in self._asked)
        rows = "".join(f"{json.dumps(_row(key, self.known[key]))}\n" for key in keys).encode()
        head = {"state": state, "version": VERSION, "digest": digest_of_bytes(rows)}
        with atomic(cache_path(index)) as temporary:
            temporary.write_bytes(json.dumps(head).encode() + b"\n" + rows)

    @classmethod
    def load(cls, index: str | Path, root: str | Path) -> "FileCache":
        """What was kept beside `index`; nothing where that cannot be read."""
        try:
            first, _, rows = cache_path(index).read_bytes().partition(b"\n")
            head = json.loads(first)
            if (head["version"], head["digest"]) != (VERSION, digest_of_bytes(rows)):
                return cls(root)
            return cls(root, dict(_known(line) for line in rows.splitlines()))
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return cls(root)


@contextmanager
def open_cache(
    index: str | Path, root: str | Path, state: str, afresh: bool = False
) -> Iterator[FileCache]:
    """The cache that is kept beside `index`, while the index is made again; empty if `afresh`.

    At the end the cache is kept, with the `state` that the dataset was in. If the dataset is
    refused or the work is ended, it is kept without a state.
    """
    cache = FileCache(root) if afresh else FileCache.load(index, root)
    try:
        yield cache
    except (UserError, KeyboardInterrupt, SystemExit):
        if cache.known:
            cache.save(index, None)
        raise
    cache.save(index, state)


def cache_path(index: str | Path) -> Path:
    """The file beside an index that keeps what was read to make it."""
    return Path(index).with_suffix(".seen.jsonl")


def read_saved_state(index: str | Path) -> str | None:
    """The state of the dataset that an index was last made of; None when that is not known."""
    try:
        with cache_path(index).open("rb") as file:
            state = json.loads(file.readline())["state"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return state if isinstance(state, str) else None


@cache
def _code_of(module: str) -> str:
    """What a reader executes: with other code it may find something else in the same bytes."""
    return CODE.of_module(module)[:8]


def _look(path: Path) -> Look:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def _row(key: str, file: File) -> list[Any]:
    return [key, *file.look, file.digest, file.found]


def _known(line: bytes) -> tuple[str, File]:
    key, size, mtime, ctime, inode, digest, found = _ROW.validate_python(tuple(json.loads(line)))
    return key, File((size, mtime, ctime, inode), digest, found)
