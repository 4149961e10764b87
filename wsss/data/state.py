"""The state of a dataset's files as the system lists them, so that a change is noticed without
reading them.

A state is taken before files are read: what changes meanwhile is noticed the next time. It holds
names, sizes, times and inodes. The time of change of a file's state (ctime) and its inode tell of
one that was replaced by another of equal size and time, and of two that were swapped.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from wsss.data.digests import DIGITS
from wsss.data.file_cache import read_saved_state
from wsss.data.tables import SUFFIXES
from wsss.data.walk import files_below

VOC_FOLDERS = ("JPEGImages", "Annotations", "SegmentationClass", "SegmentationClassAug")


def voc_state(root: str | Path, train_split: str) -> str:
    """16 hex digits for all files in VOC layout that could matter, and for their place."""
    root = Path(root)
    names = [f"ImageSets/Segmentation/{name}.txt" for name in sorted({"train", "val", train_split})]
    parts = [_look(root / name) for name in ("classes.txt", *names)]
    parts += [_lines(_entries(root / folder), root) for folder in VOC_FOLDERS]
    return _digest([str(root), *parts])


def folder_state(
    root: str | Path,
    masks: str | Path | None = None,
    tags: str | Path | None = None,
    splits: str | Path | None = None,
    groups: str | Path | None = None,
) -> str:
    """16 hex digits for the photos below `root`, their masks, tags, splits and groups, and for
    their place.

    `tags` is a table or a folder of XMLs, `splits` and `groups` are tables. What is None or not
    there counts so.
    """
    named = [None if path is None else Path(path) for path in (root, masks, tags, splits, groups)]
    endings = (SUFFIXES, (".png",), (".xml",), (), ())
    return _digest([*map(str, named), *map(_below, named, endings)])


def is_current(index: str | Path, state: str) -> bool:
    """Whether an index was last made of a dataset in this state."""
    return read_saved_state(index) == state


def _below(path: Path | None, endings: tuple[str, ...]) -> str:
    """The files below a folder, or the file itself."""
    if path is None:
        return ""
    return _lines(files_below(path, endings), path) if path.is_dir() else _look(path)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    if folder.is_dir():
        with os.scandir(folder) as entries:
            yield from entries


def _lines(entries: Iterable[os.DirEntry[str]], root: Path) -> str:
    """A line for each file, in an order that does not depend on the disk's."""
    start = len(os.fspath(root))
    return "\n".join(sorted(f"{entry.path[start:]}\0{_look(entry)}" for entry in entries))


def _look(file: os.DirEntry[str] | Path) -> str:
    try:
        stat = file.stat()
    except OSError:
        return "not there"
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"


def _digest(parts: list[str]) -> str:
    content = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogateescape")
        # with its length, so that nothing can move into the next part
        content.update(f"{len(data)}\n".encode() + data)
    return content.hexdigest()[:DIGITS]
