"""A digest of the listing of a dataset's files, by which a change is noticed without reading them.

The listing holds paths, sizes, times and inodes. ctime and the inode also change when a file is
replaced by another of the same size and mtime, or when two files swap their names. The digest is
taken before the files are read, so a change in between is noticed the next time.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from wsss.brought.tables import SUFFIXES
from wsss.data.digests import DIGITS
from wsss.data.file_cache import read_saved_state
from wsss.data.walk import files_below
from wsss.datasets.coco_layout import SPLITS, CocoFolder
from wsss.run.errors import raise_passing

VOC_FOLDERS = ("JPEGImages", "Annotations", "SegmentationClass", "SegmentationClassAug")


def voc_state(root: str | Path, train_split: str) -> str:
    """16 hex digits for the files of a folder in VOC layout that an index reads, and for `root`.

    Of the split lists only train, val and `train_split` are read.
    """
    root = Path(root)
    names = [f"ImageSets/Segmentation/{name}.txt" for name in sorted({"train", "val", train_split})]
    parts = [_describe(root / name) for name in ("classes.txt", *names)]
    parts += [_list_files(_entries(root / folder), root) for folder in VOC_FOLDERS]
    return _digest([str(root), *parts])


def folder_state(
    root: str | Path,
    masks: str | Path | None = None,
    tags: str | Path | None = None,
    splits: str | Path | None = None,
    groups: str | Path | None = None,
    fixes: str | Path | None = None,
) -> str:
    """16 hex digits for the photos below `root` and the masks, tags, splits, groups and fixes
    beside them.

    `tags` is a table or a folder of XMLs or JSONs; `splits` is a table or a folder of lists;
    `groups` and `fixes` are tables. The paths themselves count as well. A path that is None or
    missing differs from one that is there.
    """
    given = (root, masks, tags, splits, groups, fixes)
    paths = [None if path is None else Path(path) for path in given]
    endings = (SUFFIXES, (".png",), (".xml", ".json"), (".txt",), (), ())
    return _digest([*map(str, paths), *map(_list_below, paths, endings)])


def coco_state(folder: CocoFolder, shards: int, without: str | Path | None = None) -> str:
    """16 hex digits for the annotations and photos of COCO, for its root, for the number of shards
    of masks, whose paths are in the index, and for the photos in `without`.
    """
    others = None if without is None else Path(without)
    parts = [str(folder.root), str(shards), str(others), _list_below(others, SUFFIXES)]
    for split in SPLITS:
        parts += [_describe(folder.annotations(split))]
        parts += [_list_below(folder.photos(split), SUFFIXES)]
    return _digest(parts)


def rgbd_state(root: Path, folders: Iterable[str], files: Iterable[str]) -> str:
    """16 hex digits for the files of a folder of photos with depth, and for `root`."""
    parts = [str(root), *(_describe(root / name) for name in files)]
    return _digest([*parts, *(_list_files(_entries(root / name), root) for name in folders)])


def with_annotations(state: str, paths: Iterable[str]) -> str:
    """The listing `state` of a dataset, with that of files and folders of annotations; `state`
    itself without any.
    """
    parts = []
    for path in paths:
        parts += [path, _list_below(Path(path), ("",))]
    return _digest([state, *parts]) if parts else state


def is_current(index: str | Path, state: str) -> bool:
    """Whether an index was last built from files with the listing `state`."""
    return read_saved_state(index) == state


def _list_below(path: Path | None, endings: tuple[str, ...]) -> str:
    """The listing of a folder, the description of a file, or "" for None."""
    if path is None:
        return ""
    return _list_files(files_below(path, endings), path) if path.is_dir() else _describe(path)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """The entries of a folder; none if it is missing."""
    if folder.is_dir():
        with os.scandir(folder) as entries:
            yield from entries


def _list_files(entries: Iterable[os.DirEntry[str]], root: Path) -> str:
    """A line for each file: its path below `root` and its description, sorted."""
    start = len(os.fspath(root))
    return "\n".join(sorted(f"{entry.path[start:]}\0{_describe(entry)}" for entry in entries))


def _describe(file: os.DirEntry[str] | Path) -> str:
    """Size, mtime and ctime in ns, and inode of a file."""
    try:
        stat = file.stat()
    except OSError as error:
        raise_passing(error)
        return "not there"
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"


def _digest(parts: list[str]) -> str:
    """The digest of texts, each after its length: no text can continue in the next one."""
    content = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogateescape")
        content.update(f"{len(data)}\n".encode() + data)
    return content.hexdigest()[:DIGITS]
