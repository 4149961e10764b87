"""Why two artifacts differ: the first stage at which what they are made of parts, and what differed there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wsss.run.errors import UserError
from wsss.run.provenance import recorded

Json = dict[str, Any]
RUN = ("threads", "device", "host")


def parting(first: Path, second: Path) -> str:
    """One or more lines: that both are the same, or where they part and by what."""
    ours, theirs = line_of(first), line_of(second)
    if ours[-1]["outputs"][first.name] == theirs[-1]["outputs"][second.name]:
        return "both are the same"
    for a, b in zip(ours, theirs):
        if (a["stage"], a["variant"]) != (b["stage"], b["variant"]):
            return f"they part where the first is made by {_name(a)} and the second by {_name(b)}"
        differences = list(_differences(a, b))
        if differences:
            return "\n  ".join([f"they part at {_name(a)}", *differences])
    longer = max(ours, theirs, key=len)[min(len(ours), len(theirs))]
    return f"they part where one goes on with {_name(longer)} and the other ends"


def line_of(artifact: Path) -> list[Json]:
    """The provenance of an artifact and of everything that it is made of, earliest first, a stage once."""
    line: dict[tuple[Any, ...], Json] = {}
    _visit(artifact, line, set())
    return list(line.values())


def _visit(artifact: Path, line: dict[tuple[Any, ...], Json], seen: set[Path]) -> None:
    made_by = recorded(artifact)
    if made_by is None or "outputs" not in made_by:
        raise UserError(f"{artifact} has no record of how it was made ({artifact}.prov.json); name an artifact under work/, "
                        "or a JSON under results/RECIPE/")
    outside, parents = {}, []
    for name, digest in made_by["inputs"].items():
        path = _found(artifact, name)
        if path is None or recorded(path) is None:
            outside[name] = digest
        else:
            parents.append(path)
    for path in parents:
        if path not in seen:
            seen.add(path)
            _visit(path, line, seen)
    key = made_by["stage"], made_by["variant"], json.dumps(made_by["settings"], sort_keys=True)
    here = line.setdefault(key, {**made_by, "outside": {}, "outputs": {}, "run": _run(artifact)})
    here["outside"].update(outside)
    here["outputs"].update(made_by["outputs"])


def _found(artifact: Path, name: str) -> Path | None:
    """An input as its stage named it: relative to the folder that the stage ran in, which lies above the artifact."""
    return next((folder / name for folder in artifact.resolve().parents if (folder / name).exists()), None)


def _run(artifact: Path) -> Json:
    path = Path(f"{artifact}.run.json")
    return json.loads(path.read_text()) if path.is_file() else {}  # type: ignore[no-any-return]


def _differences(a: Json, b: Json) -> Iterator[str]:
    yield from _by_key("setting", a["settings"], b["settings"])
    yield from _by_key("code of", a["modules"], b["modules"])
    yield from _by_key("version of", a["versions"], b["versions"])
    yield from _by_key("content of", {Path(k).name: v for k, v in a["outside"].items()},
                       {Path(k).name: v for k, v in b["outside"].items()})
    if all(a[key] == b[key] for key in ("settings", "code", "versions")) and a["outputs"].keys() == b["outputs"].keys():
        other = [name for name, digest in a["outputs"].items() if b["outputs"][name] != digest]
        if other:
            ran = list(_by_key("", {k: a["run"].get(k) for k in RUN}, {k: b["run"].get(k) for k in RUN}))
            yield f"equal settings and code, but not the same {', '.join(other)}; {', '.join(ran) or 'run alike'}"


def _by_key(what: str, a: Json, b: Json) -> Iterator[str]:
    for key in [*a, *(key for key in b if key not in a)]:
        if a.get(key) != b.get(key):
            yield f"{what} {key}: {json.dumps(a.get(key))} and {json.dumps(b.get(key))}".strip()


def _name(made_by: Json) -> str:
    return f"{made_by['stage']} {made_by['variant'] or ''}".strip()
