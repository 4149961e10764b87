"""The objects of COCO's photos, a line for each, in a file for each split and shard of photos.

The index cuts COCO's one large JSON into these, so that a job that draws the masks of a shard reads
its own objects only. A line is the photo's id, a tab, and JSON: [label, whether it is a crowd,
shape]. Lines of a photo are in the order of the JSON.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from wsss.brought.coco_shapes import Shape
from wsss.data.photo import shard_of
from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.files import require_file

BUFFER = 2**25
"""bytes of lines that are kept in memory before they are written"""


class ObjectWriter:
    """Writes the objects of the photos of one split; leaves no file open.

    Files are not kept open because there may be more shards than a process may open files.
    """

    def __init__(self, folder: Path, split: str, shards: int) -> None:
        self._folder, self._split, self._shards = folder, split, shards
        self._lines: dict[int, list[bytes]] = defaultdict(list)
        self._size = 0
        for k in range(shards):
            path = objects_path(folder, split, (k, shards))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    def add(self, photo_id: str, line: bytes) -> None:
        """Add an object's line (`object_line`) of a photo."""
        self._lines[shard_of(photo_id, self._shards)].append(b"%s\t%s" % (photo_id.encode(), line))
        self._size += len(line)
        if self._size > BUFFER:
            self.flush()

    def flush(self) -> None:
        """Write what is in memory; to be called at the end."""
        for k, lines in self._lines.items():
            with objects_path(self._folder, self._split, (k, self._shards)).open("ab") as file:
                file.writelines(lines)
        self._lines.clear()
        self._size = 0


def objects_path(folder: Path, split: str, shard: tuple[int, int]) -> Path:
    """The file of the objects of the photos of a shard (k, n)."""
    return folder / split / "{}-of-{}.jsonl".format(*shard)


def object_line(label: int, crowd: bool, shape: Shape) -> bytes:
    """The line of an object, without its photo's id."""
    return json.dumps([label, crowd, shape], separators=(",", ":")).encode() + b"\n"


def read_object_lines(
    folder: Path, split: str, shard: tuple[int, int]
) -> Mapping[str, list[bytes]]:
    """Photo id -> the lines of its objects, of one shard; photos without objects are left out."""
    path, lines = objects_path(folder, split, shard), defaultdict(list)
    try:
        with require_file(path).open("rb") as file:
            for text in file:
                photo_id, _, line = text.partition(b"\t")
                lines[photo_id.decode()].append(line)
    except (OSError, ValueError) as error:
        raise UserError(f"objects {path} cannot be read ({error}); {way_out(folder)}")
    return lines
