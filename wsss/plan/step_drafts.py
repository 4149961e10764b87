"""Reads one step of a recipe file.

Short: `grow: dsrg`. Long: `grow: {method: dsrg, inputs: ..., settings: ...}`. Gives a `Draft`
(companions.py): the step before its companions and missing inputs are filled in.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from wsss.plan.companions import Draft, is_second_companion
from wsss.plan.file_names import check_step
from wsss.plan.kind import Kind
from wsss.plan.kinds import KINDS
from wsss.run.errors import UserError, nearest
from wsss.run.methods import choose
from wsss.run.settings import Settings, merge, validate

RENAMED = {"sure": "confident", "grown": "segmentation_maps"}
"""old name of a kind of step -> its name now"""
Raw = dict[str, Any]
"""a mapping out of a recipe file, not validated"""


class LongStep(Settings):
    """A step in its long form."""

    kind: str | None = None
    """its kind; left out where the step's name is its kind"""
    method: str
    """the name of its method"""
    inputs: dict[str, str | None] = Field(default_factory=dict)
    """input -> the step that it reads; None leaves an optional input out"""
    first: dict[str, str | None] = Field(default_factory=dict)
    """within rounds: input -> the step that the first round reads where later rounds read the round
    before"""
    settings: dict[str, Any] = Field(default_factory=dict)
    """settings that override those of the configuration"""


def make_draft(name: str, step: LongStep, recipe: str, more: Raw | None = None) -> Draft:
    """The draft of the step called `name`. The settings `more` override its own; errors name the
    file `recipe`.
    """
    check_step(name, recipe)
    # `round2.grow` is of the kind `grow`, unless it says another
    kind = kind_of(step.kind or name.rpartition(".")[2], recipe)
    _check_method(name, kind, step.method, recipe)
    for given in step.inputs:
        if given not in kind.inputs:
            raise UserError(
                f"recipe {recipe}: step '{name}' has no input "
                f"'{given}'{nearest(given, kind.inputs)}; it has: "
                f"{', '.join(kind.inputs) or 'none'}"
            )
    return Draft(name, kind.name, step.method, dict(step.inputs), merge(step.settings, more or {}))


def _check_method(name: str, kind: Kind, method: str, recipe: str) -> None:
    """Refuse a method that its kind of step does not have; one of another kind is said to be."""
    others = [other.name for other in KINDS.values() if method in other.methods]
    if method not in kind.methods and others:
        raise UserError(
            f"recipe {recipe}: '{name}: {method}' is no step: {method} is a method of "
            f"{' and '.join(others)}; methods of {kind.name}: {', '.join(kind.methods)}"
        )
    choose(kind.methods, method, f"recipe {recipe}: step '{name}': the method")


def long_form(name: str, value: Any, recipe: str) -> LongStep:
    """The step as a LongStep, whether the recipe has it in the short or the long form."""
    if isinstance(value, str):
        return LongStep(method=value)
    require_mapping(value, name, recipe)
    return validate(LongStep, value, f"{recipe}: {name}")


def require_mapping(value: Any, name: str, recipe: str) -> None:
    """Refuse the value of a step in its long form if it is not a mapping."""
    if not isinstance(value, dict):
        raise UserError(
            f"recipe {recipe}: step '{name}' is {value!r}; a method is expected, or {{method: ..., "
            "inputs: ...}"
        )


def check_left_out(name: str, names: Iterable[str], recipe: str) -> None:
    """Refuse the name of a step that is set to null, where nothing can have this name: it is
    neither a kind nor that of a second companion of the steps called `names`.
    """
    if not is_second_companion(name, names):
        kind_of(name, recipe)


def kind_of(name: str, recipe: str) -> Kind:
    """The kind of step called `name`; a UserError for an unknown or an old name."""
    if name in RENAMED:
        raise UserError(
            f"recipe {recipe}: the kind of step '{name}' was renamed; write '{RENAMED[name]}' "
            "instead"
        )
    if name not in KINDS:
        raise UserError(
            f"recipe {recipe}: there is no kind of step '{name}'{nearest(name, KINDS)}; there are: "
            f"{', '.join(KINDS)}. To give a step a name of its own, write its kind: NAME: "
            "{kind: ..., method: ...}"
        )
    return KINDS[name]
