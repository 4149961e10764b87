"""Reads tables of tags: a CSV or another table, COCO's JSON, or a folder of VOC's XMLs.

Each reader returns rows in the order of the table. A row knows where it is from, for messages.
"""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from wsss.data.account import Account
from wsss.data.coco_tags import is_coco, read_coco_tags
from wsss.data.folder_settings import TagSettings
from wsss.data.table_lines import lines_of_objects
from wsss.data.table_rows import read_tag_table, rows_of_tags
from wsss.data.tables import Row, clean
from wsss.data.walk import files_below
from wsss.run.errors import UserError

READ = "what is read: a CSV, COCO's JSON, or a folder of VOC's XMLs"
"""for messages"""


def read_tags(
    path: Path, settings: TagSettings | None = None, account: Account | None = None
) -> list[Row]:
    """The rows of a table of tags: a folder of XMLs, a .json, else a table (table_lines.py)."""
    settings, account = settings or TagSettings(), account or Account()
    if path.is_dir():
        return _read_folder(path)
    if path.suffix.lower() == ".json":
        return _read_json(path, settings, account)
    return read_tag_table(path, settings, account)


def _read_json(path: Path, settings: TagSettings, account: Account) -> list[Row]:
    """The rows of COCO's JSON, or of a list of objects with the columns of a table."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"table {path} cannot be read ({error}); {READ}")
    if isinstance(data, list) and data and not _is_label_studio(data[0]):
        lines = list(lines_of_objects(path, data))
        return rows_of_tags(path, lines, settings, account)
    if not is_coco(data):
        raise UserError(f"table {path} is not COCO's JSON{_recognise(data)}; {READ}")
    return read_coco_tags(path, data, account)


def _is_label_studio(item: Any) -> bool:
    """Whether an entry is a task of Label Studio's JSON, whose values are nested."""
    return not isinstance(item, dict) or "data" in item or "annotations" in item


def _recognise(data: Any) -> str:
    """The tool that wrote a JSON, in words; "" for an unknown one."""
    keys = data if isinstance(data, dict) else ()
    if isinstance(data, list):
        return " but a list, such as Label Studio's; export it as CSV or COCO"
    if "shapes" in keys:
        return " but LabelMe's, of one photo; convert the folder to COCO"
    if "_via_img_metadata" in keys:
        return " but VIA's; export it as COCO"
    return " (images, categories and annotations are expected in it)"


def _read_folder(folder: Path) -> list[Row]:
    """The rows of the XMLs below a folder; UserError where there is none."""
    files = sorted(Path(entry.path) for entry in files_below(folder, (".xml",)))
    if files:
        return [_read_xml(folder, file) for file in files]
    found = ""
    if any(files_below(folder, (".json",))):
        found = ", but JSONs, such as LabelMe's; convert them to COCO"
    elif any(files_below(folder, (".txt",))):
        found = ", but texts, such as YOLO's; convert them to COCO"
    raise UserError(f"folder {folder} has no XML{found}; {READ}")


def _read_xml(folder: Path, path: Path) -> Row:
    """The row of one XML: its own path without the ending, else its `filename`, which is often
    stale; and the classes of its objects.
    """
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314  (expat limits entity expansion)
    except (OSError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise UserError(f"annotation {path} cannot be read ({error}); mend or delete it")
    names = [clean(node.text or "") for node in root.findall("object/name")]
    tags = tuple(dict.fromkeys(filter(None, names)))
    below = path.relative_to(folder)
    name = clean(below.with_suffix("").as_posix())
    return Row(name, tags, str(below), other_name=clean(root.findtext("filename") or ""))
