"""The state of a chain's artifacts: whether they still are what their stages wrote."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from wsss.data.index import Index
from wsss.data.index_files import lines_path
from wsss.nets.history import read_history
from wsss.run.artifacts import artifacts_in, lies_in, verify
from wsss.run.errors import UserError, may_pass
from wsss.run.records import record_problem
from wsss.run.warnings import read_note

WHOLE, MISSING = "whole", "missing"
"""states of an artifact that equals its record, and of one that was deleted"""


def find_states(folder: str, known: Iterable[str] = ()) -> dict[str, str]:
    """Artifact -> its state, for the folder of a step: WHOLE, MISSING, "damaged", or what is wrong
    with its record.

    Artifacts are found by their records, those of `known` that lie in the folder also without one:
    a stage that was killed before it wrote its record leaves such an artifact.
    """
    expected = [Path(path) for path in known if lies_in(path, folder)]
    return {str(path): _state(path) for path in dict.fromkeys([*artifacts_in(folder), *expected])}


def _state(path: Path) -> str:
    problem = record_problem(path)
    if problem is not None:
        return problem
    if not path.exists():
        return MISSING
    try:
        _read_all(path)
    except (UserError, OSError) as error:
        if may_pass(error):
            raise
        return "damaged"
    return WHOLE


def _read_all(path: Path) -> None:
    """Read an artifact, and what no digest covers beside it, as the stages do; raises what they do.

    No digest is of the lines of an index, the scores of a training against masks, and the note on
    the run.
    """
    verify(path)
    if path.suffix != ".jsonl" and lines_path(path).is_file():
        Index.load(path)
    if path.suffix == ".safetensors":
        read_history(path)
    read_note(path)


def integrity_text(steps: Iterable[tuple[str, dict[str, str]]], stale: Mapping[str, str]) -> str:
    """A line a step with the number of its artifacts in each state, then every artifact that is not
    whole, then those that are `stale` (artifact -> why).

    `steps` are the name of each step and what `find_states` gave for its folder.
    """
    states_of_steps, counts, bad = list(steps), [], []
    width = max([13, *(len(name) for name, _ in states_of_steps)])
    for name, states in states_of_steps:
        counts.append(f"{name:<{width}} {_count(list(states.values()))}")
        bad += [f"{state}: {path}" for path, state in states.items() if state != WHOLE]
    old = [f"stale: {path} ({reason})" for path, reason in stale.items()]
    return "\n".join([*counts, *bad, *old, _in_a_word(states_of_steps, stale)]) + "\n"


def _in_a_word(steps: Sequence[tuple[str, Mapping[str, str]]], stale: Mapping[str, str]) -> str:
    """The last line: whether anything is to be done, and what."""
    states = [state for _, found in steps for state in found.values()]
    damaged = len(states) - states.count(WHOLE)
    made = f"{len(states)} artifacts, {f'{damaged} not' if damaged else 'all'} whole"
    if not stale:
        return f"{made}, none out of date"
    return f"{made}, {len(stale)} out of date or not made; the usual command makes these"


def _count(states: list[str]) -> str:
    """The number of artifacts in each state, whole ones first: `3 whole, 1 damaged`."""
    order = sorted(set(states), key=lambda state: (state != WHOLE, state))
    return ", ".join(f"{states.count(state)} {state}" for state in order) or "not made yet"
