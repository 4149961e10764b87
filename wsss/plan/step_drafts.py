"""A step of a recipe file, in its short form or its long one, as a draft: a kind, a method, and
what it says of its inputs and settings.
"""

from typing import Any

from pydantic import Field

from wsss.plan.companions import Draft
from wsss.plan.kind import Kind
from wsss.plan.kinds import KINDS
from wsss.run.errors import UserError, nearest
from wsss.run.methods import choose
from wsss.run.settings import Settings, merge, validate

RENAMED = {"sure": "confident", "grown": "segmentation_maps"}
"""kinds of steps as they were called in the version before"""
Raw = dict[str, Any]


class LongStep(Settings):
    """The long form of a step."""

    kind: str | None = None
    method: str
    inputs: dict[str, str | None] = Field(default_factory=dict)
    first: dict[str, str | None] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)


def make_draft(name: str, step: LongStep, recipe: str, more: Raw | None = None) -> Draft:
    """The draft of a step, with settings that are laid on its own."""
    kind = kind_named(step.kind or name.rpartition(".")[2], recipe)
    choose(kind.methods, step.method, f"recipe {recipe}: method of step '{name}'")
    for given in step.inputs:
        if given not in kind.inputs:
            raise UserError(
                f"recipe {recipe}: step '{name}' has no input "
                f"'{given}'{nearest(given, kind.inputs)}; it has: "
                f"{', '.join(kind.inputs) or 'none'}"
            )
    return Draft(name, kind.name, step.method, dict(step.inputs), merge(step.settings, more or {}))


def long_form(name: str, value: Any, recipe: str) -> LongStep:
    """A step in its long form, whichever it was written in."""
    if isinstance(value, str):
        return LongStep(method=value)
    return validate(LongStep, as_mapping(value, name, recipe), f"{recipe}: {name}")


def as_mapping(value: Any, name: str, recipe: str) -> Raw:
    """The value of a step that is written as a mapping."""
    if not isinstance(value, dict):
        raise UserError(
            f"recipe {recipe}: step '{name}' is {value!r}; a method is expected, or {{method: ..., "
            "inputs: ...}"
        )
    return value


def kind_named(name: str, recipe: str) -> Kind:
    """The kind of step that a recipe names."""
    if name in RENAMED:
        raise UserError(
            f"recipe {recipe}: steps of the kind '{name}' are of the kind '{RENAMED[name]}' now; "
            "write this instead"
        )
    if name not in KINDS:
        raise UserError(
            f"recipe {recipe}: a step of the kind '{name}' does not exist{nearest(name, KINDS)}; "
            f"there is: {', '.join(KINDS)} (a step of another name says its kind: NAME: "
            f"{{kind: ...}})"
        )
    return KINDS[name]
