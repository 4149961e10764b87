"""Overrides the steps of a recipe with those of another one.

A step of a name that exists is replaced in its place. A new step goes before the first step whose
kind is later in the table of kinds.
"""

from collections.abc import Mapping
from typing import Any

from wsss.plan.companions import is_second_companion
from wsss.plan.kinds import ORDER
from wsss.plan.rounds import ROUNDS
from wsss.plan.step_drafts import Raw, kind_of
from wsss.run.settings import merge

LAST = len(ORDER)
"""the order of rounds, after all kinds"""


def override_steps(base: Mapping[str, Any], over: Mapping[str, Any], recipe: str) -> Raw:
    """The steps of `base`, overridden by those of `over`. Both are NAME -> step, as a recipe file
    has them; errors name `recipe`.
    """
    names, known = list(base), {**base, **over}
    for name, value in over.items():
        if name not in names:
            names.insert(_index_of(name, value, names, known, recipe), name)
    steps = {}
    for name in names:
        before = base.get(name)
        steps[name] = _override(before, over.get(name, before), recipe)
    return steps


def _override(base: Any, over: Any, recipe: str) -> Any:
    """A step overridden by another one: rounds are joined step by step, all else is replaced."""
    if not (isinstance(base, dict) and isinstance(over, dict) and "chain" in base):
        return over
    return {
        **base,
        **over,
        "chain": override_steps(base["chain"], over.get("chain") or {}, recipe),
        "settings": merge(base.get("settings") or {}, over.get("settings") or {}),
    }


def _index_of(
    name: str, value: Any, names: list[str], known: Mapping[str, Any], recipe: str
) -> int:
    """Where in `names` a new step goes: before the first step whose kind is later in the table."""
    own = _order(name, value, known, recipe)
    for index, other in enumerate(names):
        if _order(other, known.get(other), known, recipe) > own:
            return index
    return len(names)


def _order(name: str, value: Any, known: Mapping[str, Any], recipe: str) -> int:
    """The row of a step's kind in the table; LAST for rounds. `known` has all steps by name."""
    if name == ROUNDS:
        return LAST
    if value is None and is_second_companion(name, known):
        return LAST  # it is left out, so its place does not matter
    kind = value.get("kind") if isinstance(value, dict) else None
    return ORDER[kind_of(str(kind or name), recipe).name]
