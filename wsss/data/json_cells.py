"""Reads the tags in cells of JSON, as Label Studio, VIA, Vertex AI and Hugging Face write them."""

from typing import Any

from wsss.data.tables import clean
from wsss.run.errors import UserError
from wsss.run.files import parse_json

KEYS = (
    "choices", "rectanglelabels", "polygonlabels", "brushlabels", "ellipselabels", "keypointlabels",
    "labels", "label", "categories", "category", "displayName", "class-name", "class", "name",
    "type", "tags",
)  # fmt: skip
"""keys of JSON objects under which tags are, the first of which counts"""


def read_json_cell(cell: str, where: str) -> list[str] | None:
    """The tags in a cell with an object or a list of JSON; None for any other cell.

    UserError for an object that has no tags.
    """
    if not cell.startswith(("{", "[")):
        return None
    try:
        found = _tags_of(parse_json(cell))
    except ValueError:
        return None
    if found is None:
        keys = ", ".join(KEYS)
        raise UserError(
            f"{where} holds JSON in which no key is known to be of tags: {cell[:80]}; write tags "
            f"into the cell, or JSON with a key that is read: {keys}"
        )
    return [tag for tag in map(clean, dict.fromkeys(found)) if tag]


def _tags_of(value: Any) -> list[str] | None:
    """The tags in a JSON value; None where an object has none."""
    if isinstance(value, list):
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
