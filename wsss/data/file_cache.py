"""A cache of what the files of a dataset hold, so that only changed files are read again.

A file counts as unchanged while its size, mtime, ctime and inode are the same. The cache lies
beside an index, but is not part of it: the index is the same without the cache.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from typing import Any, TypeVar

from pydantic import TypeAdapter

from wsss.data.digests import digest_of_bytes, digest_of_file
from wsss.run.code import CODE
from wsss.run.errors import UserError
from wsss.run.files import MALFORMED, atomic, parse_json, require_file

VERSION = 2
"""version of the file format; raise it when a row changes its meaning: older caches are ignored"""
AT_A_TIME = 1000
"""files that wait for a free core, at most"""
MOST_CORES, LARGE = 8, 8_000_000
"""cores that read files side by side; bytes from which a file is read alone"""
Stat = tuple[int, int, int, int]
"""size in bytes, mtime and ctime in ns, inode"""
T = TypeVar("T")


@dataclass
class CachedFile:
    """What is known of one file."""

    stat: Stat
    """its size, times and inode when it was read"""
    digest: str
    """the digest of its bytes"""
    results: dict[str, Any] = field(default_factory=dict)
    """name of a reader -> {"code": digest of the reader's module, "value": its result}"""


_ROW = TypeAdapter(tuple[str, int, int, int, int, str, dict[str, Any]])
"""a line of the cache: path, the four numbers of Stat, digest, results"""


class FileCache:
    """The files of a dataset by their paths below `root`; only new and changed files are read."""

    def __init__(self, root: str | Path, files: dict[str, CachedFile] | None = None) -> None:
        self._root = f"{Path(root)}/"
        self.files = files or {}
        self._used: set[str] = set()

    def digest(self, path: Path) -> str:
        """The digest of a file's bytes; UserError when it cannot be read."""
        return self._file(path).digest

    def read(self, path: Path, reader: Callable[[Path], T]) -> T:
        """`reader(path)`, a JSON value; from the cache if neither file nor reader changed.

        Errors of the reader are raised. UserError when the file cannot be read.
        """
        file, name = self._file(path), reader.__name__
        code = _digest_code(reader.__module__)
        if file.results.get(name, {}).get("code") != code:
            file.results[name] = {"code": code, "value": reader(path)}
        return file.results[name]["value"]  # type: ignore[no-any-return]

    def read_ahead(self, paths: Iterable[Path], reader: Callable[[Path], T]) -> None:
        """`read` these files, each once, on several cores. What fails is left to a later call, and
        so are large files: many at once would take much memory.
        """

        def read_one(path: Path) -> None:
            with suppress(UserError, OSError):
                if path.stat().st_size <= LARGE:
                    self.read(path, reader)

        _digest_code(reader.__module__)  # ast.parse fails in two threads at once
        remaining = iter(paths)
        with ThreadPoolExecutor(min(len(os.sched_getaffinity(0)), MOST_CORES)) as pool:
            while some := list(islice(remaining, AT_A_TIME)):
                list(pool.map(read_one, some))

    def _file(self, path: Path) -> CachedFile:
        """The entry of a file, replaced if the file has changed."""
        key = str(path).removeprefix(self._root)
        self._used.add(key)
        try:
            stat = _stat(path)
            if key not in self.files or self.files[key].stat != stat:
                self.files[key] = CachedFile(stat, digest_of_file(path))
        except (OSError, ValueError) as error:
            raise UserError(
                f"file {path} cannot be read ({error}); put it back, or take its photo "
                "out of the dataset"
            )
        return self.files[key]

    def save(self, index: str | Path, state: str | None) -> None:
        """Write the cache beside `index`.

        `state` is the digest of the dataset's file listing (state.py) from before the files were
        read; then only entries that were used are kept. None means that the indexing was
        interrupted; then all entries are kept.
        """
        keys = sorted(key for key in self.files if state is None or key in self._used)
        rows = "".join(f"{json.dumps(_to_row(key, self.files[key]))}\n" for key in keys).encode()
        head = {"state": state, "version": VERSION, "digest": digest_of_bytes(rows)}
        with atomic(cache_path(index)) as temporary:
            temporary.write_bytes(json.dumps(head).encode() + b"\n" + rows)

    @classmethod
    def load(cls, index: str | Path, root: str | Path) -> "FileCache":
        """The cache beside `index`; empty if it is missing, damaged or of another version."""
        try:
            first, _, rows = require_file(cache_path(index)).read_bytes().partition(b"\n")
            head = parse_json(first)
            if (head["version"], head["digest"]) != (VERSION, digest_of_bytes(rows)):
                return cls(root)
            return cls(root, dict(_from_row(line) for line in rows.splitlines()))
        except MALFORMED:
            return cls(root)


@contextmanager
def open_cache(
    index: str | Path, root: str | Path, state: str, afresh: bool = False
) -> Iterator[FileCache]:
    """The cache beside `index`, for the time that the index is built; empty if `afresh`.

    At the end it is saved with `state`, the digest of the dataset's file listing. After a UserError
    or an interrupt it is saved without, so that the index does not count as current.
    """
    cache = FileCache(root) if afresh else FileCache.load(index, root)
    try:
        yield cache
    except (UserError, KeyboardInterrupt, SystemExit):
        if cache.files:
            cache.save(index, None)
        raise
    cache.save(index, state)


def cache_path(index: str | Path) -> Path:
    """The path of the cache beside an index: INDEX.seen.jsonl."""
    return Path(index).with_suffix(".seen.jsonl")


def read_saved_state(index: str | Path) -> str | None:
    """The digest of the file listing that an index was built from; None when that is unknown."""
    try:
        with require_file(cache_path(index)).open("rb") as file:
            state = parse_json(file.readline())["state"]
    except MALFORMED:
        return None
    return state if isinstance(state, str) else None


@cache
def _digest_code(module: str) -> str:
    """The digest of a reader's module and its imports: changed code may read another value."""
    return CODE.of_module(module)[:8]


def _stat(path: Path) -> Stat:
    """ValueError for what is no file: to read a pipe would take forever."""
    stat = path.stat()
    if not S_ISREG(stat.st_mode):
        raise ValueError("it is a folder, a pipe or a device")
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def _to_row(key: str, file: CachedFile) -> list[Any]:
    return [key, *file.stat, file.digest, file.results]


def _from_row(line: bytes) -> tuple[str, CachedFile]:
    key, size, mtime, ctime, inode, digest, results = _ROW.validate_python(tuple(parse_json(line)))
    return key, CachedFile((size, mtime, ctime, inode), digest, results)
