"""Companions: steps that come with other steps, so that a recipe need not write them, such as the
class maps of a classifier.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wsss.plan.kinds import KINDS, Kind

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
        wanted = [
            one
            for one in KINDS[draft.kind].companions
            if one.kind not in given and one.place != "end"
        ]
        placed: dict[str, list[Draft]] = {"before": [], "after": []}
        for one in wanted:
            taken = {other.name for group in [drafts, *out] for other in group}
            name = (
                f"{prefix}{one.kind}"
                if f"{prefix}{one.kind}" not in taken
                else f"{draft.name}_{one.kind}"
            )
            placed[one.place].append(
                _companion(one.kind, name, draft, (settings or {}).get(one.kind, {}))
            )
        leader = replace(
            draft, inputs={**_links(KINDS[draft.kind], placed["before"]), **draft.inputs}
        )
        after = [replace(one, inputs=_links(KINDS[one.kind], [draft])) for one in placed["after"]]
        out.append([*placed["before"], leader, *after])
    return out


def _companion(kind: str, name: str, leader: Draft, settings: Raw) -> Draft:
    """A step of `kind` by the leader's method, where it has one of that name, else by its first."""
    methods = KINDS[kind].methods
    return Draft(
        name, kind, leader.method if leader.method in methods else next(iter(methods)), {}, settings
    )


def _links(kind: Kind, sources: Iterable[Draft]) -> dict[str, str | None]:
    """The inputs of a kind that these steps make."""
    return {
        name: source.name
        for source in sources
        for name, one in kind.inputs.items()
        if set(one.types) & set(KINDS[source.kind].made)
    }


def add_last_steps(drafts: list[Draft], dropped: set[str]) -> list[Draft]:
    """The steps with those that come at the end of a recipe, once each."""
    kinds = {draft.kind: None for draft in drafts}
    wanted = {
        one.kind: draft
        for draft in drafts
        for one in KINDS[draft.kind].companions
        if one.place == "end"
    }
    last = [
        _companion(kind, kind, leader, {})
        for kind, leader in wanted.items()
        if kind not in {*kinds, *dropped}
    ]
    return [*drafts, *last]
