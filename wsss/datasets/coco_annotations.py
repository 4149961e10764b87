"""Enters the annotations of COCO's JSON into its photos; faulty ones go to the account."""

from collections.abc import Iterator, Mapping
from typing import Any

from wsss.brought.account import Account
from wsss.brought.coco_ids import read_id
from wsss.data.digests import digest_of_bytes
from wsss.datasets.coco_file import CocoFile
from wsss.datasets.coco_tables import TEXT_IDS, ListedPhoto
from wsss.datasets.coco_waiting import Annotation

NO_SHAPE = "objects that cannot be drawn, whose photos get no mask"
"""a kind of problem that leaves an object out of the mask, not out of the tags"""
OUTSIDE = "objects outside of their photo"
NO_CROWD = "annotations whose iscrowd is neither 0 nor 1, whose photos get no mask"
CROWD = {"0": False, "1": True, "false": False, "true": True}
"""`iscrowd` as text -> whether it says crowd"""


def enter_annotations(
    file: CocoFile, labels: Mapping[str, int], account: Account
) -> Iterator[tuple[str, bytes]]:
    """The image id and the line (coco_objects.py) of each object that can be drawn.

    Tags, the digest, and whether all can be drawn are entered into the photos of `file`. `labels`
    is category id -> label id; an object of label 0 covers others as background.
    """
    for item in file.annotations.read():
        where = f"{file.path.name} annotation {item.number}, id {item.id}"
        image_id = _find("image_id", item.image_id, file.photos, where, account)
        if image_id is None:
            continue
        category = _find("category_id", item.category_id, labels, where, account)
        label = None if category is None else labels[category]
        line = _enter(file.photos[image_id], item, label, where, account)
        if line is not None:
            yield image_id, line


def _find(
    key: str, value: Any, known: Mapping[str, Any], where: str, account: Account
) -> str | None:
    """The id under `key`; None, and a line in the account, if it is not among the `known` ones."""
    found = read_id(value)
    if found not in known:
        kind = "without an image" if key == "image_id" else "of an unknown category"
        account.problems[f"annotations {kind}"].append(f"{where}: {key} {value!r}")
        return None
    if isinstance(value, str):
        account.problems[TEXT_IDS].append(f"{where}: {key} {value!r}")
    return found


def _enter(
    photo: ListedPhoto, item: Annotation, label: int | None, where: str, account: Account
) -> bytes | None:
    """Enter an object into its photo. Its line; None if it has no label or cannot be drawn."""
    if label is None:
        photo.complete = False
        return None
    if item.is_outside(photo.size):
        account.problems[OUTSIDE].append(where)
        return None
    if label:
        photo.tags.add(label)
    crowd, fault = read_crowd(item.crowd), NO_SHAPE
    if crowd is None:
        fault, where = NO_CROWD, f"{where}: iscrowd {item.crowd!r}"
    if crowd is None or not item.is_drawable(photo.size):
        photo.complete = False
        account.problems[fault].append(where)
        return None
    line = item.labelled(label, label > 0 and crowd)
    photo.digest = digest_of_bytes(photo.digest.encode() + line)
    return line


def read_crowd(value: Any) -> bool | None:
    """Whether `iscrowd`, a number, a truth value or text, says crowd; None where it cannot be told.
    Without a value there is none.
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    return CROWD.get((read_id(value) or "").lower())
