"""Reads tags: from a CSV or another table, from JSON of several tools, from VOC's or CVAT's XML, or
from a folder of JSONs or XMLs.

Each reader returns rows in the order of the table. A row knows where it is from, for messages.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wsss.brought.account import Account
from wsss.brought.coco_tags import check_json, is_coco, read_coco_tags
from wsss.brought.folder_settings import TagSettings
from wsss.brought.json_objects import objects_of_json
from wsss.brought.table_lines import lines_of_objects, values_of_lines
from wsss.brought.table_rows import read_tag_table, rows_of_tags
from wsss.brought.tables import Row, clean
from wsss.data.walk import files_below
from wsss.run.errors import UserError
from wsss.run.files import read_json, require_file

Node = ElementTree.Element
READ = (
    "what is read: a CSV, JSON of COCO, Label Studio, VIA or {photo: [tags]}, CVAT's XML, or a "
    "folder of VOC's XMLs or LabelMe's JSONs"
)
"""for messages"""


def read_tags(
    path: Path, settings: TagSettings | None = None, account: Account | None = None
) -> list[Row]:
    """The rows of a table of tags: a folder, JSON, XML, else a table (table_lines.py)."""
    settings, account = settings or TagSettings(), account or Account()
    if not path.exists():
        raise UserError(f"there is no table and no folder {path} with tags; correct the path")
    if path.is_dir():
        return _read_folder(path, settings, account)
    if path.suffix.lower() == ".json":
        return _read_json(path, settings, account)
    if path.suffix.lower() == ".xml":
        return _read_xml(path.parent, path)
    return read_tag_table(path, settings, account)


def _read_folder(folder: Path, settings: TagSettings, account: Account) -> list[Row]:
    """The rows of the XMLs below a folder, else of its JSONs; UserError where there is none."""
    rows: list[Row] = []
    for file in _list_files(folder, ".xml"):
        rows += _read_xml(folder, file)
    for file in [] if rows else _list_files(folder, ".json"):
        rows += _read_json(file, settings, account, folder)
    if not rows:
        is_yolo = bool(_list_files(folder, ".txt"))
        found = ", but texts, such as YOLO's; convert them to COCO" if is_yolo else ""
        raise UserError(f"folder {folder} has no XML or JSON with photos{found}; {READ}")
    return rows


def _list_files(folder: Path, ending: str) -> list[Path]:
    return sorted(Path(entry.path) for entry in files_below(folder, (ending,)))


def _read_json(
    path: Path, settings: TagSettings, account: Account, folder: Path | None = None
) -> list[Row]:
    """The rows of a JSON: COCO's, LabelMe's of one photo (in `folder`), or any that json_objects.py
    reads.
    """
    data = _load_json(path)
    if is_coco(data):
        return read_coco_tags(path, data, account)
    if isinstance(data, dict) and isinstance(data.get("shapes"), list):
        return [_read_labelme(path, data, folder or path.parent)]
    check_json(path, data)
    objects = objects_of_json(data)
    if not objects:
        raise UserError(
            f"table {path} is not COCO's JSON (images, categories and annotations are expected in "
            f"it); {READ}"
        )
    return rows_of_tags(path, list(lines_of_objects(path, objects)), settings, account)


def _load_json(path: Path) -> Any:
    """The value in a file of JSON; of several lines with a value each, the list of these."""
    try:
        return read_json(path)
    except (OSError, ValueError) as error:
        if "Extra data" in str(error):
            return list(values_of_lines(path))
        raise UserError(f"table {path} cannot be read ({error}); {READ}")


def _read_labelme(path: Path, data: Mapping[str, Any], folder: Path) -> Row:
    """The row of LabelMe's JSON: its own path without the ending, else its `imagePath`, which is
    often stale; the labels of its shapes, and the flags that are set.
    """
    shapes = [shape for shape in data["shapes"] if isinstance(shape, dict)]
    flags = data.get("flags")
    flags = flags if isinstance(flags, dict) else {}
    names = [shape.get("label") for shape in shapes]
    names += [flag for flag, chosen in flags.items() if chosen]
    other = str(data.get("imagePath") or "").replace("\\", "/").rpartition("/")[2]
    return _row_of_file(folder, path, names, other)


def _row_of_file(folder: Path, path: Path, names: list[Any], other_name: str) -> Row:
    """The row of a file of one photo, with its tags."""
    tags = tuple(dict.fromkeys(filter(None, (clean(str(name or "")) for name in names))))
    below = path.relative_to(folder)
    name = clean(below.with_suffix("").as_posix())
    return Row(name, tags, str(below), other_name=clean(other_name))


def _read_xml(folder: Path, path: Path) -> list[Row]:
    """The row of VOC's XML of one photo: its own path without the ending, else its `filename`,
    which is often stale, and the classes of its objects; or the rows of CVAT's XML for images.
    """
    try:
        root = ElementTree.parse(require_file(path)).getroot()  # noqa: S314  (expat has limits)
    except (OSError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise UserError(f"annotation {path} cannot be read ({error}); mend or delete it")
    if root.tag == "annotations":
        return [_read_cvat(path, node) for node in root.iter("image")]
    names = [node.text for node in root.findall("object/name")]
    return [_row_of_file(folder, path, names, root.findtext("filename") or "")]


def _read_cvat(path: Path, image: Node) -> Row:
    """The row of an image of CVAT's XML: the labels of its tags and shapes."""
    names = [clean(node.get("label") or "") for node in image]
    photo = clean(image.get("name") or "")
    return Row(photo, tuple(dict.fromkeys(filter(None, names))), f"{path.name}: {photo}")
