"""The base of every settings model, and the error of a wrong setting.

A setting is an attribute of a model, with a type, a default and a docstring. config.yaml, the JSON
schema, the command line of the stage and the digest in an artifact's path come from that one
definition.
"""

import hashlib
import json
from collections.abc import Mapping
from reprlib import Repr
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, ValidationError

from wsss.run.errors import UserError, hint, nearest
from wsss.run.path_text import as_text

M = TypeVar("M", bound=BaseModel)
SHORT = Repr()
"""shows a value in few characters"""
SHORT.maxlevel = 3
SHORT.maxdict = SHORT.maxlist = SHORT.maxtuple = SHORT.maxset = 12
SHORT.maxstring = SHORT.maxother = 200
LONGEST = 300
"""characters of a value in a message"""
NAMED = 4
"""sections that a message names, of those that have a key"""
MANY = 10
"""names that a message does not list where one of them is near"""
USER_FILE = "user file"
"""marks a setting of this type for run/user_files.py"""
UserPath = Annotated[str, BeforeValidator(as_text), USER_FILE]
"""a setting that may name a file or folder of the user's; its content then counts as an input of
the step, so an edit of it reruns the step"""
Scales = Annotated[tuple[PositiveFloat, ...], Field(min_length=1)]
"""a setting of the factors by which photos are scaled for inference at several scales"""


class Settings(BaseModel):
    """Immutable settings. Unknown keys are refused, and numbers that are not finite. Every field
    must affect a result.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )


def digest(value: Any, length: int = 12) -> str:
    """The hash of a JSON value in hex digits, as in the names of folders. The order of keys does
    not count.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with its values overridden by those of `over`. Where both have a mapping under a key,
    the two are merged in the same way.
    """
    both = dict(base)
    for key, value in over.items():
        inner = base.get(key)
        if isinstance(value, Mapping) and isinstance(inner, Mapping):
            both[key] = merge(inner, value)
        else:
            both[key] = value
    return both


def validate(model: type[M], values: dict[str, Any], where: str = "") -> M:
    """`values` as a `model`; a UserError names the key, the value and what is allowed.

    `where` stands before the key in the error, such as the name of a file.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        message = _explain(error, model, where)
    # not while the error is handled: its text holds all values, which may be very long
    raise UserError(message)


def _explain(error: ValidationError, model: type[BaseModel], where: str) -> str:
    """The first of pydantic's errors in one line: the key, the value, what is allowed, and the
    nearest allowed name.
    """
    first = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    name = ".".join([*([where] if where else []), *path])
    if first["type"] == "extra_forbidden":
        return f"setting '{name}' does not exist{_allowed(model, path)}"
    return _describe(first, f"setting '{name}'" if name else "these settings")


def _describe(first: Any, subject: str) -> str:
    """One of pydantic's errors in one line, which begins with `subject`."""
    message = first["msg"].removeprefix("Value error, ").replace("valid tuple", "list")
    message = message[0].lower() + message[1:]
    given = first["input"]
    if first["type"] == "value_error" and isinstance(given, dict):
        return f"{subject}: {message}"  # keys contradict each other, and all would be too long
    near = nearest(given, _choices(first)) if isinstance(given, str) else ""
    return f"{subject} is {shown(given)}: {message}{near}"


def shown(value: Any) -> str:
    """A value of any size, as it is shown in a message: what is long or deep is left out."""
    try:
        text = SHORT.repr(value)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    except ValueError:  # Python writes out no integer of more than 4300 digits
        return "a number of thousands of digits"


def _allowed(model: Any, path: list[str]) -> str:
    """What is allowed in the place of a key that does not exist: the same key of a method's own
    settings, else the nearest name; all names, unless they are many and one is near.
    """
    *above, key = path
    names = _keys_at(model, above)
    inner = [f"{name}.{key}" for name in names if key in _keys_at(model, [*above, name])]
    found = hint("' or '".join(inner[:NAMED])) if inner else nearest(key, names)
    return found if found and len(names) > MANY else f"{found}; allowed here: {', '.join(names)}"


def _keys_at(model: Any, path: list[str]) -> list[str]:
    """The keys of the model at `path` inside of `model`; [] where there is no model."""
    for part in path:
        field = getattr(model, "model_fields", {}).get(part)
        model = field.annotation if field else None
    return list(getattr(model, "model_fields", {}))


def _choices(error: Any) -> list[str]:
    """The allowed values, out of pydantic's text "'a', 'b' or 'c'"."""
    expected = error.get("ctx", {}).get("expected", "")
    return [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
