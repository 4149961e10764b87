"""Writes the two files that follow from the configuration's model: config.yaml, with every setting,
its default and its meaning, and the JSON schema for editors.

    python -m wsss.plan.config          rewrite both
"""

import json
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from wsss.plan.config import ROOT, config_model, first_paragraph, shared_keys
from wsss.plan.given import LIKE

WIDTH = 100
"""characters in a line of config.yaml, at most"""
ABOUT_LIKE = (
    "in a file after --configfile: a preset, or the path of another file; its values hold for "
    "settings that this file does not set"
)


def config_text() -> str:
    """The text of config.yaml: every setting with its default, and its meaning as a comment."""
    head = [
        "# Every setting with its default, generated from the settings models (make settings).",
        "# The defaults are the full job on a GPU; presets/ holds smaller sizes:",
        "# --configfile presets/laptop.yaml. A file of your own says only what is different;",
        "# with `like: laptop` it starts from a preset.",
        "",
    ]
    return "\n".join(head + _lines(config_model()())) + "\n"


def schema_text() -> str:
    """The JSON schema of config.yaml, of presets and of files for --configfile."""
    schema = _unwrapped(config_model().model_json_schema())
    schema["properties"][LIKE] = {"description": ABOUT_LIKE, "title": "Like", "type": "string"}
    return json.dumps(schema, indent=1) + "\n"


def _unwrapped(schema: Any) -> Any:
    """A schema with each description in one line; docstrings break it into several."""
    if isinstance(schema, list):
        return [_unwrapped(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    unwrapped = {}
    for key, value in schema.items():
        is_text = key == "description" and isinstance(value, str)
        unwrapped[key] = first_paragraph(value) if is_text else _unwrapped(value)
    return unwrapped


def _lines(settings: BaseModel, depth: int = 0, but: Sequence[str] = ()) -> list[str]:
    """The settings as lines of commented YAML, `depth` sections deep, without those in `but`."""
    pad = "  " * depth
    lines: list[str] = []
    for name, info in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            lines += [] if depth else [""]
            lines += _section(name, value, depth)
        elif name not in but:
            lines += _comment(info.description, pad)
            lines.append(f"{pad}{name}: {_yaml(value)}{_allowed(info)}")
    return lines


def _section(name: str, settings: BaseModel, depth: int) -> list[str]:
    """The lines of a section or sub-section, without keys that the section `training` sets."""
    pad, elsewhere = "  " * depth, () if depth else shared_keys(name)
    note = "All other keys of training can be stated here, too." if elsewhere else None
    return [
        *_comment(type(settings).__doc__, pad),
        *_comment(note, pad),
        f"{pad}{name}:",
        *_lines(settings, depth + 1, elsewhere),
    ]


def _comment(text: str | None, pad: str) -> list[str]:
    """The first paragraph of a docstring as YAML comments."""
    return textwrap.wrap(
        first_paragraph(text),
        WIDTH,
        initial_indent=f"{pad}# ",
        subsequent_indent=f"{pad}# ",
        break_on_hyphens=False,  # names of sections have some
    )


def _yaml(value: Any) -> str:
    """A value as YAML in one line."""
    plain = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(plain, default_flow_style=True, width=200).removesuffix("...\n").strip()


def _allowed(info: FieldInfo) -> str:
    """A comment with the allowed values of a setting; "" where they are not a list of names."""
    kinds = (info.annotation, *get_args(info.annotation))
    choices = next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), ())
    how = "any of" if get_origin(info.annotation) is tuple else "one of"
    return f"  # {how}: {', '.join(map(str, choices))}" if choices else ""


def write_generated(root: Path = ROOT) -> None:
    """Rewrite config.yaml and config.schema.json."""
    (root / "config.yaml").write_text(config_text(), encoding="utf-8")
    (root / "config.schema.json").write_text(schema_text(), encoding="utf-8")
