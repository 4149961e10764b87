"""The base of every settings model, and the error of a wrong setting.

A setting is an attribute with a type, a default and a docstring; config.yaml, the JSON schema, the
command line of the stage and the digest in the artifact's path are all made from that one
definition.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError

from wsss.run.errors import UserError, nearest

M = TypeVar("M", bound=BaseModel)
OUTSIDE = "files of the user's"
UserPath = Annotated[str, OUTSIDE]
"""a setting that may name a file or folder of the user's, whose content then decides too"""
Scales = Annotated[tuple[PositiveFloat, ...], Field(min_length=1)]


class Settings(BaseModel):
    """Immutable settings that refuse unknown keys.

    Every field can change a result; nothing else belongs here.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, use_attribute_docstrings=True
    )


def digest(value: Any, length: int = 12) -> str:
    """The hex digits that name a folder: a hash of any JSON-like value, independent of key
    order.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`, section by section."""
    both = dict(base)
    for key, value in over.items():
        inner = base.get(key)
        both[key] = (
            merge(inner, value)
            if isinstance(value, Mapping) and isinstance(inner, Mapping)
            else value
        )
    return both


def validate(model: type[M], values: dict[str, Any], where: str = "") -> M:
    """`values` as a `model`, or a UserError of one line that names the key, the value and what is
    allowed.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise UserError(_explain(error, model, where)) from None


def read_yaml(path: Path, what: str) -> dict[str, Any]:
    """The mapping in a YAML file, {} when it holds anything else, or a UserError that names the
    file.

    A key that stands twice is refused: YAML would take the last one and say nothing.
    """
    try:
        loader = _UniqueKeys(path.read_text(encoding="utf-8"))
        raw = loader.get_single_data()
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{what} {path} cannot be read: {' '.join(str(error).split())}")
    return raw if isinstance(raw, dict) else {}


class _UniqueKeys(yaml.SafeLoader):
    """YAML without tags that make objects, and without a key that stands twice."""

    def compose_mapping_node(self, anchor: Any) -> Any:
        """As PyYAML's; the keys are looked at before merges (`<<`) add those of other mappings."""
        node = super().compose_mapping_node(anchor)
        keys: set[str] = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is not None and name in keys:
                raise yaml.YAMLError(
                    f"the key '{name}' stands twice, the second time in line "
                    f"{key.start_mark.line + 1}; "
                    "keep one of them, or give one another name"
                )
            keys.add(name or "")
        return node


def _explain(error: ValidationError, model: type[BaseModel], where: str) -> str:
    first = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    name = ".".join([*([where] if where else []), *path])
    if first["type"] == "extra_forbidden":
        allowed = _keys_at(model, path[:-1])
        hint = nearest(path[-1], allowed)
        return f"setting '{name}' does not exist{hint}; allowed here: {', '.join(allowed)}"
    hint = nearest(first["input"], _choices(first)) if isinstance(first["input"], str) else ""
    message = first["msg"][0].lower() + first["msg"][1:]
    return f"setting '{name}' is {first['input']!r}: {message}{hint}"


def _keys_at(model: Any, path: list[str]) -> list[str]:
    """The keys of the model at `path`; none where something else than a model is there."""
    for part in path:
        field = getattr(model, "model_fields", {}).get(part)
        model = field.annotation if field else None
    return list(getattr(model, "model_fields", {}))


def _choices(error: Any) -> list[str]:
    expected = error.get("ctx", {}).get("expected", "")
    return [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
