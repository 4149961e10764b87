"""Companions: steps that come with other steps, so that a recipe need not write them, such as the
class maps of a classifier.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wsss.plan.kind import Kind
from wsss.plan.kinds import KINDS

Raw = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """A step as a recipe says it: inputs by name where they are named, None for one that is left
    out on purpose.
    """

    name: str
    kind: str
    method: str
    inputs: Mapping[str, str | None]
    settings: Raw


def add_companions(
    drafts: list[Draft], dropped: set[str], prefix: str, settings: Raw | None = None
) -> list[list[Draft]]:
    """Each step with those that come before or after it.

    One that is named, or dropped, is not brought.
    """
    given = {draft.kind for draft in drafts} | dropped
    out: list[list[Draft]] = []
    for draft in drafts:
        placed: dict[str, list[Draft]] = {"before": [], "after": []}
        for one in KINDS[draft.kind].companions:
            if one.kind in given or one.place == "end":
                continue
            name = _free_name(one.kind, draft, prefix, [drafts, *out])
            own = (settings or {}).get(one.kind, {})
            placed[one.place].append(_companion(one.kind, name, draft, own))
        out.append(_linked(draft, placed["before"], placed["after"]))
    return out


def _free_name(kind: str, leader: Draft, prefix: str, groups: list[list[Draft]]) -> str:
    """The name of a companion: its kind, or where a step of `groups` has that, its leader's too."""
    name = f"{prefix}{kind}"
    for group in groups:
        if any(draft.name == name for draft in group):
            return f"{leader.name}_{kind}"
    return name


def _linked(leader: Draft, before: list[Draft], after: list[Draft]) -> list[Draft]:
    """A step between its companions: it reads those before, those after read it."""
    inputs = {**_links(KINDS[leader.kind], before), **leader.inputs}
    readers = [replace(one, inputs=_links(KINDS[one.kind], [leader])) for one in after]
    return [*before, replace(leader, inputs=inputs), *readers]


def _companion(kind: str, name: str, leader: Draft, settings: Raw) -> Draft:
    """A step of `kind` by the leader's method, where it has one of that name, else by its first."""
    methods = KINDS[kind].methods
    method = leader.method if leader.method in methods else next(iter(methods))
    return Draft(name, kind, method, {}, settings)


def _links(kind: Kind, sources: Iterable[Draft]) -> dict[str, str | None]:
    """The inputs of a kind that these steps make."""
    links: dict[str, str | None] = {}
    for source in sources:
        made = set(KINDS[source.kind].made)
        for name, one in kind.inputs.items():
            if made & set(one.types):
                links[name] = source.name
    return links


def add_last_steps(drafts: list[Draft], dropped: set[str]) -> list[Draft]:
    """The steps with those that come at the end of a recipe, once each, by the last leader."""
    leaders: dict[str, Draft] = {}
    for draft in drafts:
        for one in KINDS[draft.kind].companions:
            if one.place == "end":
                leaders[one.kind] = draft
    given = {draft.kind for draft in drafts} | dropped
    last = []
    for kind, leader in leaders.items():
        if kind not in given:
            last.append(_companion(kind, kind, leader, {}))
    return [*drafts, *last]
