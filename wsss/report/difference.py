"""Why two artifacts differ: the first stage, counted from the photos, that ran differently, and
what differed.

The history of an artifact is the runs of all stages that led to it, earliest first, read from the
records beside the artifacts.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from wsss.run.artifacts import artifact_of
from wsss.run.errors import UserError
from wsss.run.records import Record, read_record, record_problem
from wsss.run.warnings import read_note

Json = dict[str, Any]
ENVIRONMENT = ("threads", "device", "host")
"""the parts of a note PATH.run.json that may change the last bits of a result"""
MOST_NAMES = 6
"""names of modules or files in one line"""
LINEAGE = ("settings", "options", "code", "versions", "read")
"""the parts of a record that, with the inputs, affect the result"""


@dataclass
class StageRun:
    """A stage in the history of an artifact. Runs for several shards, with one lineage, are one."""

    record: Record
    """of the first of its artifacts that was found"""
    note: Json
    """PATH.run.json of that artifact; empty where it is missing"""
    outputs: dict[str, str] = field(default_factory=dict)
    """file name -> digest, of all its artifacts"""
    outside: dict[str, str] = field(default_factory=dict)
    """argument -> digest, of files that no stage produced, such as the user's"""

    @property
    def name(self) -> str:
        """The script and the method: `stages/propagate.py psa`."""
        return f"{self.record.stage} {self.record.method or ''}".strip()


def explain_difference(first: Path, second: Path) -> str:
    """One or more lines: that both artifacts are the same, or the first stage that differs and how.

    A UserError names an artifact without a record.
    """
    ours, theirs = history_of(first), history_of(second)
    if ours[-1].outputs[first.name] == theirs[-1].outputs[second.name]:
        return "both are the same, to the byte"
    for a, b in zip(ours, theirs):
        if a.name != b.name:
            return f"they part where the first is made by {a.name}, and the second by {b.name}"
        differences = list(_differences(a, b))
        if differences:
            head = f"they part at {a.name}; all steps before it are equal"
            return "\n  ".join([head, *differences])
    longer = max(ours, theirs, key=len)[min(len(ours), len(theirs))]
    return f"they part where one goes on with {longer.name} and the other ends"


def history_of(artifact: Path) -> list[StageRun]:
    """The runs that produced an artifact and everything that it was produced from, earliest
    first.
    """
    history: dict[str, StageRun] = {}
    _add_history(artifact, history, set())
    return list(history.values())


def _add_history(artifact: Path, history: dict[str, StageRun], visited: set[Path]) -> None:
    """Add the history of an artifact to `history`, which is keyed by lineage."""
    record = read_record(artifact)
    if record is None:
        raise UserError(
            f"{artifact} has {record_problem(artifact)} of how it was made ({artifact}.prov.json); "
            "name an artifact under work/, or a JSON under results/RECIPE/, or make it again"
        )
    note = _read_note(artifact)
    parents, outside = _inputs(artifact, record, note)
    for path in parents:
        if path not in visited:
            visited.add(path)
            _add_history(path, history, visited)
    run = history.setdefault(record.lineage, StageRun(record, note))
    run.outside.update(outside)
    run.outputs.update(record.outputs)


def _inputs(artifact: Path, record: Record, note: Json) -> tuple[list[Path], dict[str, str]]:
    """The artifacts that an artifact was produced from; and argument -> digest of the files that no
    stage produced.
    """
    parents: dict[str, list[Path]] = {}
    for name, paths in note.get("inputs", {}).items():
        parents[name] = _recorded(artifact, paths)
    outside = {name: given.digest for name, given in record.inputs.items() if not parents.get(name)}
    return list(chain.from_iterable(parents.values())), outside


def _recorded(artifact: Path, names: Iterable[str]) -> list[Path]:
    """The artifacts among the inputs of an artifact that exist and have a record."""
    recorded = []
    for name in names:
        path = _locate(artifact, name)
        if path is not None and read_record(artifact_of(path)) is not None:
            recorded.append(artifact_of(path))
    return recorded


def _locate(artifact: Path, name: str) -> Path | None:
    """The path of an input. The note has it relative to the folder where the stage ran, which is
    one of the folders above the artifact.
    """
    above = artifact.resolve().parents
    return next((folder / name for folder in above if (folder / name).exists()), None)


def _read_note(artifact: Path) -> Json:
    """The note PATH.run.json beside an artifact; empty where it is missing."""
    return read_note(artifact) or {}


def _differences(a: StageRun, b: StageRun) -> Iterator[str]:
    """A line for each thing that differs between two runs of one stage."""
    ours, theirs = a.record, b.record
    yield from _by_key("setting", ours.settings, theirs.settings)
    yield from _by_key("option", ours.options, theirs.options)
    yield from _names("code of", ours.modules, theirs.modules)
    yield from _by_key("version of", ours.versions, theirs.versions)
    for split in dict.fromkeys([*ours.read, *theirs.read]):
        yield from _names(f"read of {split}:", ours.read.get(split, {}), theirs.read.get(split, {}))
    yield from _names("content of", a.outside, b.outside)
    alike = all(getattr(ours, key) == getattr(theirs, key) for key in LINEAGE)
    if alike and a.outputs.keys() == b.outputs.keys():
        yield from _unlike_outputs(a, b)


def _unlike_outputs(a: StageRun, b: StageRun) -> Iterator[str]:
    """A line on outputs that differ between runs with equal settings, code and inputs, with the
    threads, device and host of both.
    """
    other = [name for name, digest in a.outputs.items() if b.outputs[name] != digest]
    if other:
        ours = {key: a.note.get(key) for key in ENVIRONMENT}
        theirs = {key: b.note.get(key) for key in ENVIRONMENT}
        ran = ", ".join(_by_key("", ours, theirs)) or "run alike"
        yield f"equal settings and code, but not the same {', '.join(other)}; {ran}"


def _names(what: str, a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[str]:
    """`WHAT KEY, KEY and N more` with the keys whose digests differ: a digest tells people
    nothing.
    """
    other = [key for key in dict.fromkeys([*a, *b]) if a.get(key) != b.get(key)]
    more = f" and {len(other) - MOST_NAMES} more" if len(other) > MOST_NAMES else ""
    if other:
        yield f"{what} {', '.join(other[:MOST_NAMES])}{more} differ{'' if other[1:] else 's'}"


def _by_key(what: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[str]:
    """`WHAT KEY: VALUE and VALUE` for each key whose values differ."""
    for key in dict.fromkeys([*a, *b]):
        if a.get(key) != b.get(key):
            yield f"{what} {key}: {json.dumps(a.get(key))} and {json.dumps(b.get(key))}".strip()
