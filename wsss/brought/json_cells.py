"""Reads the tags in cells that hold lists or objects: JSON of Label Studio, VIA, Vertex AI and
Hugging Face; and as Python, NumPy and databases print them.
"""

import ast
import re
from typing import Any

from wsss.brought.tables import clean
from wsss.run.errors import UserError
from wsss.run.files import parse_json

KEYS = (
    "choices", "rectanglelabels", "polygonlabels", "brushlabels", "ellipselabels", "keypointlabels",
    "labels", "label", "categories", "category", "displayName", "class-name", "class", "name",
    "type", "tags", "objects", "classTitle", "title",
)  # fmt: skip
"""keys of JSON objects under which tags are, the first of which counts"""
ARRAY = re.compile(r"(?:np\.|numpy\.)?array\((.*?)(?:,\s*dtype=[^)]*)?\)", re.DOTALL)
"""an array as NumPy prints it; what is in it is a list"""
BETWEEN_TEXTS = re.compile(r"""(?<=['"])\s+(?=['"])""")
"""the blanks that NumPy writes between the texts of a list"""
OF_DATABASE = re.compile(r"\{([^{}:'\"]*)\}")
"""a list as PostgreSQL writes it"""


def read_json_cell(cell: str, where: str) -> list[str] | None:
    """The tags in a cell with an object or a list; None for any other cell.

    UserError for an object that has no tags.
    """
    of_array = ARRAY.fullmatch(cell)
    text = of_array[1] if of_array else cell
    if not text.startswith(("{", "[", "(")):
        return None
    of_database = OF_DATABASE.fullmatch(text)
    if of_database:
        return [tag for tag in map(clean, of_database[1].split(",")) if tag]
    try:
        found = _tags_of(_read_value(text))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
    if found is None:
        keys = ", ".join(KEYS)
        raise UserError(
            f"{where} holds JSON in which no key is known to be of tags: {cell[:80]}; write tags "
            f"into the cell, or JSON with a key that is read: {keys}"
        )
    return [tag for tag in map(clean, dict.fromkeys(found)) if tag]


def _read_value(text: str) -> Any:
    """The value of JSON, else of a literal of Python; SyntaxError or ValueError for other texts."""
    try:
        return parse_json(text)
    except ValueError:
        return ast.literal_eval(BETWEEN_TEXTS.sub(", ", text))


def _tags_of(value: Any) -> list[str] | None:
    """The tags in a value; None where an object has none."""
    if isinstance(value, set):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        parts = [_tags_of(item) for item in value]
        known = [part for part in parts if part is not None]
        return None if len(known) < len(parts) else [tag for part in known for tag in part]
    if not isinstance(value, dict):
        return [] if value is None else [str(value)]
    for key in KEYS:
        if key in value:
            return _tags_of(value[key])
    if all(isinstance(item, bool) for item in value.values()):  # boxes that were ticked in VIA
        return [key for key, ticked in value.items() if ticked]
    return _tags_of(*value.values()) if len(value) == 1 else None
