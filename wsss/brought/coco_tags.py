"""Reads COCO's JSON as a table of tags: the categories of each image's annotations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from wsss.brought.account import Account
from wsss.brought.coco_ids import read_id
from wsss.brought.table_names import is_tag_column
from wsss.brought.tables import Row, clean
from wsss.run.errors import UserError

Json = Mapping[str, Any]
FILE_KEYS = ("file_name", "coco_url", "path")
"""possible keys of the name of an image; LVIS has only a URL"""


LISTS = ("images", "categories", "annotations")
"""the keys of COCO's JSON that are needed"""


def is_coco(data: Any) -> bool:
    """Whether JSON has COCO's three lists."""
    return isinstance(data, dict) and all(isinstance(data.get(key), list) for key in LISTS)


def check_json(path: Path, data: Any) -> None:
    """UserError for JSON that is of COCO, but not a file of annotations: a list of predictions, or
    a file without one of the lists.
    """
    if _is_predictions(data):
        raise UserError(
            f"table {path} is a list of COCO's results, which are predictions, and has numbers in "
            "place of names; name the file of annotations, such as instances_val2017.json"
        )
    missing = [key for key in LISTS if isinstance(data, dict) and key not in data]
    if 0 < len(missing) < len(LISTS):
        raise UserError(
            f"table {path} is not COCO's JSON, because it has no {' and no '.join(missing)}; name "
            "the file of annotations, such as instances_val2017.json, or save a CSV"
        )


def _is_predictions(data: Any) -> bool:
    """Whether JSON is a list of COCO's results: the photo and the category are numbers."""
    if not isinstance(data, list) or not data or not all(isinstance(item, dict) for item in data):
        return False
    is_number = all(isinstance(item.get("category_id"), int) for item in data)
    return is_number and "image_id" in data[0] and not any(map(is_tag_column, data[0]))


def read_coco_tags(path: Path, data: Json, account: Account) -> list[Row]:
    """A row for each image: its file name, and the categories of its annotations.

    Ids may be numbers or text. Entries that lack what they need, or that name an id that is not
    listed, go to the account.
    """
    names = _read_names(path, data["categories"], "categories", ("name",), account)
    files = _read_names(path, data["images"], "images", FILE_KEYS, account)
    tags: dict[str, list[str]] = {image: [] for image in files}
    for where, item in _numbered(path, _annotations(data), "annotations"):
        image, category = read_id(item.get("image_id")), read_id(item.get("category_id"))
        if image is None or image not in files:
            account.problems["annotations of an image that is not listed"].append(where)
        elif category is None or category not in names:
            account.problems["annotations of a category that is not listed"].append(where)
        else:
            tags[image].append(names[category][1])
    rows = []
    for image, (where, file_name) in files.items():
        rows.append(Row(file_name, tuple(dict.fromkeys(tags[image])), where))
    return rows


def _annotations(data: Json) -> Iterator[Any]:
    """All annotations; of a panoptic one each of its segments."""
    for item in data["annotations"]:
        segments = item.get("segments_info") if isinstance(item, dict) else None
        if not isinstance(segments, list):
            yield item
            continue
        for segment in segments:
            known = segment if isinstance(segment, dict) else {}
            yield {"image_id": item.get("image_id"), "category_id": known.get("category_id")}


def _read_names(
    path: Path, items: Iterable[Any], key: str, name_keys: Sequence[str], account: Account
) -> dict[str, tuple[str, str]]:
    """Id -> place and name, of a list of the JSON."""
    found: dict[str, tuple[str, str]] = {}
    for where, item in _numbered(path, items, key):
        names = (clean(str(item.get(name_key) or "")) for name_key in name_keys)
        item_id, name = read_id(item.get("id")), next(filter(None, names), "")
        if item_id is None or not name or item_id in found:
            kind = f"{key} without an id or a name, or with an id that was there"
            account.problems[kind].append(where)
        else:
            found[item_id] = (where, name)
    return found


def _numbered(path: Path, items: Iterable[Any], key: str) -> Iterator[tuple[str, Json]]:
    """Each entry of a list and its place; {} for an entry of no keys."""
    for number, item in enumerate(items, start=1):
        yield f"{path.name} {key} {number}", item if isinstance(item, dict) else {}
