"""The base of every settings model, and how a wrong setting is told.

A setting is an attribute with a type, a default and a docstring; config.yaml, the JSON schema, the command line of the
stage and the digest in the artifact's path are all made from that one definition.
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError

from wsss.run.errors import UserError, nearest

M = TypeVar("M", bound=BaseModel)
Scales = Annotated[tuple[PositiveFloat, ...], Field(min_length=1)]


class Settings(BaseModel):
    """Immutable settings that refuse unknown keys. Every field can change a result; nothing else belongs here."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, use_attribute_docstrings=True)


def digest(value: Any) -> str:
    """The 8 hex digits that name a folder: a hash of any JSON-like value, independent of key order."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def validated(model: type[M], values: dict[str, Any], where: str = "") -> M:
    """`values` as a `model`, or a UserError of one line that names the key, the value and what is allowed."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise UserError(_explain(error, model, where)) from None


def read_yaml(path: Path, what: str) -> dict[str, Any]:
    """The mapping in a YAML file, {} when it holds anything else, or a UserError that names the file."""
    try:
        raw = yaml.safe_load(path.read_text())
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{what} {path} cannot be read: {' '.join(str(error).split())}")
    return raw if isinstance(raw, dict) else {}


def _explain(error: ValidationError, model: type[BaseModel], where: str) -> str:
    first = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    name = ".".join([*([where] if where else []), *path])
    if first["type"] == "extra_forbidden":
        allowed = _keys_at(model, path[:-1])
        return f"setting '{name}' does not exist{nearest(path[-1], allowed)}; allowed here: {', '.join(allowed)}"
    hint = nearest(first["input"], _choices(first)) if isinstance(first["input"], str) else ""
    message = first["msg"][0].lower() + first["msg"][1:]
    return f"setting '{name}' is {first['input']!r}: {message}{hint}"


def _keys_at(model: Any, path: list[str]) -> list[str]:
    for part in path:
        model = model.model_fields[part].annotation
    return list(model.model_fields)


def _choices(error: Any) -> list[str]:
    expected = error.get("ctx", {}).get("expected", "")
    return [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
