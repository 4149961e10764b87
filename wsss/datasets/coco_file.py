"""Reads a file of COCO's annotations, once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wsss.brought.account import Account
from wsss.datasets.coco_json import read_lists
from wsss.datasets.coco_tables import CategoryTable, ImageTable, Json, ListedPhoto
from wsss.datasets.coco_waiting import WaitingAnnotations
from wsss.run.errors import UserError


@dataclass(frozen=True)
class CocoFile:
    """What a file says. Its annotations are not yet entered into its photos."""

    path: Path
    names: dict[str, str]
    """category id -> name"""
    photos: dict[str, ListedPhoto]
    """image id -> photo"""
    annotations: WaitingAnnotations


def read_coco_file(path: Path, account: Account, folder: Path | None = None) -> CocoFile:
    """The images, categories and annotations of a JSON; faulty ones go to the account.

    Annotations wait in a file in `folder`. UserError for a file that is none of COCO's.
    """
    images, categories = ImageTable(path, account), CategoryTable(path, account)
    annotations, counts = WaitingAnnotations(folder), Counter[str]()
    add: dict[str, Callable[[int, Json], None]] = {
        "images": images.add,
        "categories": categories.add,
        "annotations": annotations.add,
    }
    for key, item in read_lists(path, add):
        counts[key] += 1
        add[key](counts[key], item if isinstance(item, dict) else {})
    if not counts["annotations"]:
        raise UserError(f"annotations {path} list no object; COCO's instances_*.json is expected")
    return CocoFile(path, categories.names(), images.photos(), annotations)
