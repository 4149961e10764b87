"""Whether the artifacts of a chain are what their stages wrote."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from wsss.data.index import Index
from wsss.data.index_files import lines_path
from wsss.run.artifacts import artifacts_in, lies_in, verify
from wsss.run.errors import UserError
from wsss.run.records import record_problem

WHOLE = "whole"


def find_states(folder: str, known: Iterable[str] = ()) -> dict[str, str]:
    """Artifact -> WHOLE, "damaged", or what is wrong with its record, of a stage's folder.

    An artifact is found by its record; `known` ones that lie in the folder are found without one.
    No record is what a stage leaves that was killed before it wrote one.
    An artifact whose record is there but which is not is damaged too.
    """
    expected = [Path(path) for path in known if lies_in(path, folder)]
    return {str(path): _state(path) for path in dict.fromkeys([*artifacts_in(folder), *expected])}


def _state(path: Path) -> str:
    problem = record_problem(path)
    if problem is not None:
        return problem
    try:
        verify(path)
        if lines_path(path).is_file():
            Index.load(path)
    except (UserError, OSError):
        return "damaged"
    return WHOLE


def integrity_text(steps: Iterable[tuple[str, dict[str, str]]], stale: Mapping[str, str]) -> str:
    """A line a step with its counts, then every artifact that is not whole, then those that are
    `stale`, and why.
    """
    states_of_steps, lines, bad = list(steps), [], []
    width = max([13, *(len(name) for name, _ in states_of_steps)])
    for name, found in states_of_steps:
        lines.append(f"{name:<{width}} {_count(list(found.values()))}")
        bad += [f"{state}: {path}" for path, state in found.items() if state != WHOLE]
    old = [f"stale: {path} ({reason})" for path, reason in stale.items()]
    return "\n".join([*lines, *bad, *old]) + "\n"


def _count(states: list[str]) -> str:
    """How many there are of each state, the whole ones first."""
    order = sorted(set(states), key=lambda state: (state != WHOLE, state))
    return ", ".join(f"{states.count(state)} {state}" for state in order) or "not made yet"
