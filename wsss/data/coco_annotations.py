"""Reads the annotations of COCO's JSON, one at a time; faulty ones go to the account."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wsss.data.account import Account
from wsss.data.coco_ids import read_id
from wsss.data.coco_json import read_items
from wsss.data.coco_objects import object_line
from wsss.data.coco_shapes import is_drawable
from wsss.data.coco_tables import TEXT_IDS, ListedPhoto
from wsss.data.digests import digest_of_bytes

NO_SHAPE = "objects that cannot be drawn, whose photos get no mask"
"""a kind of problem that leaves an object out of the mask, not out of the tags"""


def read_annotations(
    path: Path, photos: Mapping[str, ListedPhoto], labels: Mapping[str, int], account: Account
) -> Iterator[tuple[str, bytes]]:
    """The image id and the line (coco_objects.py) of each object that can be drawn.

    Tags, the digest, and whether all can be drawn are entered into `photos`, which are by image id.
    `labels` is category id -> label id; an object of label 0 covers others as background.
    """
    for number, raw in enumerate(read_items(path, "annotations"), start=1):
        item = raw if isinstance(raw, dict) else {}
        where = f"{path.name} annotation {number}, id {item.get('id')}"
        image_id = _find(item, "image_id", photos, where, account)
        if image_id is None:
            continue
        category = _find(item, "category_id", labels, where, account)
        label = None if category is None else labels[category]
        line = _read_object(photos[image_id], item, label, where, account)
        if line is not None:
            yield image_id, line


def _find(
    item: dict[str, Any], key: str, known: Mapping[str, Any], where: str, account: Account
) -> str | None:
    """The id under `key`; None, and a line in the account, if it is not among the `known` ones."""
    found = read_id(item.get(key))
    if found not in known:
        kind = "without an image" if key == "image_id" else "of an unknown category"
        account.problems[f"annotations {kind}"].append(f"{where}: {key} {item.get(key)!r}")
        return None
    if isinstance(item[key], str):
        account.problems[TEXT_IDS].append(f"{where}: {key} {item[key]!r}")
    return found


def _read_object(
    photo: ListedPhoto, item: dict[str, Any], label: int | None, where: str, account: Account
) -> bytes | None:
    """Enter an object into its photo. Its line; None if it has no label or cannot be drawn."""
    if label is None:
        photo.complete = False
        return None
    if label:
        photo.tags.add(label)
    shape = item.get("segmentation")
    if not is_drawable(shape, photo.size):
        photo.complete = False
        account.problems[NO_SHAPE].append(where)
        return None
    line = object_line(label, label > 0 and item.get("iscrowd") == 1, shape)
    photo.digest = digest_of_bytes(photo.digest.encode() + line)
    return line
