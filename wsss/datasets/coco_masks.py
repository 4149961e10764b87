"""Draws the masks of a shard of COCO's photos from their objects."""

from collections.abc import Sequence
from pathlib import Path

from wsss.brought.coco_shapes import draw_objects
from wsss.data.images import photo_size, write_labels
from wsss.data.index import Index
from wsss.data.shards import show_progress
from wsss.datasets.coco_objects import read_object_lines
from wsss.run.files import parse_json

Shard = tuple[int, int]


def write_masks(index: Index, split: str, shard: Shard, objects: Path, out: Path) -> int:
    """Write the masks ID.png of the photos of a shard (k, n) of a split; gives their number.

    `objects` is the folder that the index was made with. A photo without objects gets a mask of
    background, one whose objects cannot all be drawn gets none. Only the lines of the shard are in
    memory.
    """
    lines = read_object_lines(objects, split, shard)
    photos = [photo for photo in index.split(split, shard) if photo.mask is not None]
    for photo in show_progress(photos):
        size = photo_size(index.image_path(photo))
        found = _parse(lines.get(photo.id, ()))
        write_labels(out / f"{photo.id}.png", draw_objects(size, found))
    return len(photos)


def _parse(lines: Sequence[bytes]) -> list[tuple[int, bool, object]]:
    """The objects (label, whether it is a crowd, shape) of the lines of a photo."""
    return [tuple(parse_json(line)) for line in lines]
