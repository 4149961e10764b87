"""Refuses a key of a section that stands outside of it, such as `epochs` or `classifier.epochs` in
the place of `classifier: {epochs: 3}`, and shows how it is written.
"""

from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import BaseModel

from wsss.run.errors import UserError

MOST = 6
"""sections that a message names"""


def check_places(values: Mapping[str, Any], model: type[BaseModel]) -> None:
    """UserError for the first such key of a configuration; other unknown keys are left alone."""
    for name, value in values.items():
        if name in model.model_fields:
            continue
        section, *keys = str(name).split(".")
        if keys and section in model.model_fields:
            raise UserError(f"setting '{name}' is written in braces: {_show(section, keys, value)}")
        sections = _sections_with(section, model)
        if not keys and sections:
            named = ", ".join(sections[:MOST]) + (", ..." if len(sections) > MOST else "")
            raise UserError(
                f"setting '{name}' stands in sections ({named}); name one of them: "
                f"{_show(sections[0], [section], value)}"
            )


def _sections_with(key: str, model: type[BaseModel]) -> list[str]:
    """The sections that have a key."""
    found = []
    for name, field in model.model_fields.items():
        if key in getattr(field.annotation, "model_fields", {}):
            found.append(name)
    return found


def _show(section: str, keys: list[str], value: Any) -> str:
    """How the value of a key in a section is written, on the command line and in a file."""
    for key in reversed(keys):
        value = {key: value}
    try:
        text = yaml.safe_dump(value, default_flow_style=True, width=1000).strip()
    except yaml.YAMLError:
        text = str(value)
    return f"--config '{section}={text}', or in a file {section}: {text}"
