"""What `--help` says of a setting: its description, what may be given, and the default."""

import json
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from wsss.run.settings import Settings

WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    NoneType: "null",
}


def describe_setting(info: FieldInfo) -> str:
    """A line on a setting, such as "power of the affinities (a number, default 8.0)"."""
    default = info.get_default(call_default_factory=True, validated_data={})
    if isinstance(default, Settings):
        default = default.model_dump(mode="json")
    return f"{info.description} ({name_type(info.annotation)}, default {json.dumps(default)})"


def name_type(annotation: Any) -> str:
    """What may be given for a type, such as "a number or null", or the words of a Literal."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return name_type(parts[0])
    if origin is Literal:
        return _join([str(part) for part in parts])
    if origin in (Union, UnionType):
        return _join([name_type(part) for part in parts])
    if origin in (list, tuple):
        return "a list"
    return WORDS.get(annotation, "a mapping")


def _join(words: list[str]) -> str:
    """a, b or c"""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
