"""Why two artifacts differ: the first stage, counted from the photos, that did something else, and
what.

A line is the history of an artifact: the runs of all stages that led to it, earliest first.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from wsss.run.artifacts import artifact_of
from wsss.run.errors import UserError
from wsss.run.records import Record, read_record

Json = dict[str, Any]
RUN = ("threads", "device", "host")
DECIDING = ("settings", "options", "code", "versions", "read")
"""the parts of a record that, with the inputs, decide what is made"""


@dataclass
class Step:
    """One stage in the history of an artifact: its record, all its outputs, and what it read from
    outside.
    """

    record: Record
    run: Json
    outputs: dict[str, str] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)
    """argument -> digest, of files that no stage made"""

    @property
    def name(self) -> str:
        return f"{self.record.stage} {self.record.method or ''}".strip()


def explain_difference(first: Path, second: Path) -> str:
    """One or more lines: that both are the same, or where they part and by what."""
    ours, theirs = line_of(first), line_of(second)
    if ours[-1].outputs[first.name] == theirs[-1].outputs[second.name]:
        return "both are the same"
    for a, b in zip(ours, theirs):
        if a.name != b.name:
            return f"they part where the first is made by {a.name} and the second by {b.name}"
        differences = list(_differences(a, b))
        if differences:
            return "\n  ".join([f"they part at {a.name}", *differences])
    longer = max(ours, theirs, key=len)[min(len(ours), len(theirs))]
    return f"they part where one goes on with {longer.name} and the other ends"


def line_of(artifact: Path) -> list[Step]:
    """The steps that made an artifact and everything that it is made of, earliest first."""
    line: dict[str, Step] = {}
    _visit(artifact, line, set())
    return list(line.values())


def _visit(artifact: Path, line: dict[str, Step], visited: set[Path]) -> None:
    record = read_record(artifact)
    if record is None:
        raise UserError(
            f"{artifact} has no record of how it was made ({artifact}.prov.json); name "
            "an artifact under work/, or a JSON under results/RECIPE/"
        )
    run = _run(artifact)
    parents, outside = _inputs(artifact, record, run)
    for path in parents:
        if path not in visited:
            visited.add(path)
            _visit(path, line, visited)
    step = line.setdefault(record.lineage, Step(record, run))
    step.outside.update(outside)
    step.outputs.update(record.outputs)


def _inputs(artifact: Path, record: Record, run: Json) -> tuple[list[Path], dict[str, str]]:
    """The artifacts that one was made of; and argument -> digest of files from outside."""
    parents: dict[str, list[Path]] = {}
    for name, paths in run.get("inputs", {}).items():
        parents[name] = _recorded(artifact, paths)
    outside = {name: given.digest for name, given in record.inputs.items() if not parents.get(name)}
    return list(chain.from_iterable(parents.values())), outside


def _recorded(artifact: Path, names: Iterable[str]) -> list[Path]:
    """The artifacts of these inputs that are there and have a record."""
    recorded = []
    for name in names:
        path = _found(artifact, name)
        if path is not None and read_record(artifact_of(path)) is not None:
            recorded.append(artifact_of(path))
    return recorded


def _found(artifact: Path, name: str) -> Path | None:
    """An input as its stage named it: from a folder above the artifact, where the stage ran."""
    above = artifact.resolve().parents
    return next((folder / name for folder in above if (folder / name).exists()), None)


def _run(artifact: Path) -> Json:
    path = Path(f"{artifact}.run.json")
    return dict(json.loads(path.read_text())) if path.is_file() else {}


def _differences(a: Step, b: Step) -> Iterator[str]:
    ours, theirs = a.record, b.record
    yield from _by_key("setting", ours.settings, theirs.settings)
    yield from _by_key("option", ours.options, theirs.options)
    yield from _by_key("code of", ours.modules, theirs.modules)
    yield from _by_key("version of", ours.versions, theirs.versions)
    yield from _by_key("read of split", ours.read, theirs.read)
    yield from _by_key("content of", a.outside, b.outside)
    alike = all(getattr(ours, key) == getattr(theirs, key) for key in DECIDING)
    if alike and a.outputs.keys() == b.outputs.keys():
        yield from _unlike_outputs(a, b)


def _unlike_outputs(a: Step, b: Step) -> Iterator[str]:
    """What came out otherwise although all that decides it is equal."""
    other = [name for name, digest in a.outputs.items() if b.outputs[name] != digest]
    if other:
        ours = {key: a.run.get(key) for key in RUN}
        theirs = {key: b.run.get(key) for key in RUN}
        ran = ", ".join(_by_key("", ours, theirs)) or "run alike"
        yield f"equal settings and code, but not the same {', '.join(other)}; {ran}"


def _by_key(what: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*a, *b]):
        if a.get(key) != b.get(key):
            yield f"{what} {key}: {json.dumps(a.get(key))} and {json.dumps(b.get(key))}".strip()
