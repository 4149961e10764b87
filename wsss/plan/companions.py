"""Companions: steps that are added to a recipe because another step, their *leader*, is in it. A
classifier brings the step that exports its class maps, so a recipe need not write that step.

kinds.py says which kinds of steps bring which.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wsss.plan.kind import Kind
from wsss.plan.kinds import KINDS

Raw = dict[str, Any]
"""a mapping out of a recipe file, not validated"""


@dataclass(frozen=True)
class Draft:
    """A step as a recipe file writes it, before its companions are added and the inputs that it
    does not name are filled in (sources.py).
    """

    name: str
    kind: str
    method: str
    inputs: Mapping[str, str | None]
    """input -> the name of the step that it reads; None for an input that the recipe leaves out"""
    settings: Raw
    """the settings in the recipe's line of this step"""


def add_companions(
    drafts: list[Draft], dropped: set[str], prefix: str, settings: Raw | None = None
) -> list[list[Draft]]:
    """For each step a list: its companions before it, the step, its companions after it.

    No companion is added of a kind that is among the steps already. None is added whose kind or
    name is in `dropped`, the names that the recipe sets to null, without `prefix`. `prefix` starts
    the companions' names. `settings` is the settings of companions by kind.
    """
    given = {draft.kind for draft in drafts} | dropped
    out: list[list[Draft]] = []
    for draft in drafts:
        placed: dict[str, list[Draft]] = {"before": [], "after": []}
        for companion in KINDS[draft.kind].companions:
            if companion.kind in given or companion.place == "end":
                continue
            name = _free_name(companion.kind, draft, prefix, [drafts, *out])
            if name.removeprefix(prefix) in dropped:
                continue
            own = (settings or {}).get(companion.kind, {})
            placed[companion.place].append(_companion(companion.kind, name, draft, own))
        out.append(_linked(draft, placed["before"], placed["after"]))
    return out


def _free_name(kind: str, leader: Draft, prefix: str, groups: list[list[Draft]]) -> str:
    """The name of a companion: its kind, or LEADER_KIND where a step of `groups` has that name."""
    name = f"{prefix}{kind}"
    for group in groups:
        if any(draft.name == name for draft in group):
            return f"{leader.name}_{kind}"
    return name


def is_second_companion(name: str, leaders: Iterable[str]) -> bool:
    """Whether a name is LEADER_KIND, as that of a second companion of one of the `leaders`."""
    return any(name == f"{leader}_{kind}" for leader in leaders for kind in KINDS)


def _linked(leader: Draft, before: list[Draft], after: list[Draft]) -> list[Draft]:
    """A step between its companions. It reads those before it, and those after it read the step."""
    inputs = {**_links(KINDS[leader.kind], before), **leader.inputs}
    readers = []
    for companion in after:
        links = _links(KINDS[companion.kind], [leader])
        readers.append(replace(companion, inputs=links))
    return [*before, replace(leader, inputs=inputs), *readers]


def _companion(kind: str, name: str, leader: Draft, settings: Raw) -> Draft:
    """A step of `kind`. Its method is named like the leader's, else it is the kind's first."""
    methods = KINDS[kind].methods
    method = leader.method if leader.method in methods else next(iter(methods))
    return Draft(name, kind, method, {}, settings)


def _links(kind: Kind, sources: Iterable[Draft]) -> dict[str, str | None]:
    """Input -> step, for those inputs of a kind that take an artifact of one of these steps."""
    links: dict[str, str | None] = {}
    for source in sources:
        made = set(KINDS[source.kind].made)
        for name, taken in kind.inputs.items():
            if made & set(taken.types):
                links[name] = source.name
    return links


def add_last_steps(drafts: list[Draft], dropped: set[str]) -> list[Draft]:
    """The steps, and after them the companions that stand at the end of a recipe, one of each kind.
    Where several steps bring it, the last one is its leader.
    """
    leaders: dict[str, Draft] = {}
    for draft in drafts:
        for companion in KINDS[draft.kind].companions:
            if companion.place == "end":
                leaders[companion.kind] = draft
    given = {draft.kind for draft in drafts} | dropped
    last = []
    for kind, leader in leaders.items():
        if kind not in given:
            last.append(_companion(kind, kind, leader, {}))
    return [*drafts, *last]
