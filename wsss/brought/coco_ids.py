"""Reads the ids of COCO's JSON, which some tools write as text."""

from typing import Any


def read_id(value: Any) -> str | None:
    """An id as text, by which 7, 7.0 and "7" are one id; None for what can be no id."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value).strip() or None
