"""A recipe laid on another one.

A step that is there is replaced in its place, a new one goes before the first step whose kind
stands later in the table of kinds.
"""

from collections.abc import Mapping
from typing import Any

from wsss.plan.kinds import ORDER
from wsss.plan.rounds import ROUNDS
from wsss.plan.step_drafts import Raw, kind_named
from wsss.run.settings import merge

LAST = len(ORDER)


def lay(base: Mapping[str, Any], over: Mapping[str, Any], recipe: str) -> Raw:
    """The steps of `over` laid on those of `base`."""
    laid = list(base)
    for name, value in over.items():
        if name not in laid:
            laid.insert(_place_of(name, value, laid, base, recipe), name)
    joined = {}
    for name in laid:
        before = base.get(name)
        joined[name] = _joined(before, over.get(name, before), recipe)
    return joined


def _joined(base: Any, over: Any, recipe: str) -> Any:
    """Rounds laid on rounds; everything else is replaced."""
    if not (isinstance(base, dict) and isinstance(over, dict) and "chain" in base):
        return over
    return {
        **base,
        **over,
        "chain": lay(base["chain"], over.get("chain") or {}, recipe),
        "settings": merge(base.get("settings") or {}, over.get("settings") or {}),
    }


def _place_of(name: str, value: Any, laid: list[str], base: Mapping[str, Any], recipe: str) -> int:
    """Where a new step goes: before the first one whose kind comes later."""
    own = _order(name, value, recipe)
    for place, other in enumerate(laid):
        if _order(other, base.get(other), recipe) > own:
            return place
    return len(laid)


def _order(name: str, value: Any, recipe: str) -> int:
    """The place of a step's kind in the table; rounds come after everything."""
    if name == ROUNDS:
        return LAST
    kind = value.get("kind") if isinstance(value, dict) else None
    return ORDER[kind_named(str(kind or name), recipe).name]
