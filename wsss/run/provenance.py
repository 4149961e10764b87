"""What an artifact was made of, and whether it still is what was made: JSON files beside it, never in it.

`X.prov.json` says what determines X: stage, settings, code, versions, and the content of inputs and outputs as digests, so
that a damaged artifact is found before anything is made from it. `X.run.json` says what happened. No rule has either as its
input, and equal work gives equal bytes.
"""

import hashlib
import json
import os
import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from wsss.run.errors import UserError
from wsss.run.files import write_json

Json = dict[str, Any]
COMMAND = "WSSS_COMMAND"
"""environment variable: the Snakemake command that started the stage, without its targets"""
KINDS = ("maps", "seeds", "labels", "predictions", "masks", "saliency", "instances", "scores")
"""folders of a stage's artifacts inside its own folder; what else is there belongs to later stages"""


def content_digest(path: str | Path) -> str:
    """SHA-256 over a file and the `.json` that belongs to it, or over the names and contents of a folder's files; 16 hex
    digits. Hidden files, in which Snakemake notes times, do not count."""
    path = Path(path)
    digest = hashlib.sha256()
    for file in _of_folder(path) if path.is_dir() else _of_file(path):
        with file.open("rb") as content:
            digest.update(str(file.relative_to(path.parent)).encode() + hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:16]


def _of_folder(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))


def _of_file(path: Path) -> list[Path]:
    """A file, and what tells how to read it: a model's description is as much of it as its weights."""
    described = Path(f"{path}.json")
    return [path, described] if described.is_file() else [path]


def recorded(path: str | Path) -> Json | None:
    """What lies beside an artifact as its provenance; None where there is nothing that can be read."""
    try:
        found = json.loads(Path(f"{path}.prov.json").read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def verified(path: str | Path) -> str:
    """The digest of an artifact, or a UserError where that is not what the stage that made it wrote down.

    What has no provenance, such as a user's own file, is taken as it is.
    """
    digest, made_by = content_digest(path), recorded(path) or {}
    expected = made_by.get("outputs", {}).get(Path(path).name, digest)
    if expected != digest:
        raise UserError(f"{path} is not what {made_by.get('stage')} wrote there: it was damaged or edited; remake it: "
                        f"{remake([path])} (or, to keep an edit, delete {path}.prov.json)")
    return digest


def remake(paths: Sequence[str | Path]) -> str:
    """The command that makes exactly these artifacts anew."""
    named = shlex.join(map(str, paths))
    command = os.environ.get(COMMAND)
    return f"rm -rf {named} && {command} -- {named}" if command else f"rm -rf {named}, then make it by its stage again"


def artifacts_in(folder: str | Path) -> list[Path]:
    """The artifacts in a stage's folder, those of later stages below it left out."""
    kinds = [Path(folder, kind) for kind in KINDS]
    found = [*Path(folder).glob("*"), *(path for kind in kinds for pattern in ("*", "*/*") for path in kind.glob(pattern))]
    recorded_here = {Path(str(path).removesuffix(".prov.json")) for path in found if path.name.endswith(".prov.json")}
    shards = {path for path in found if re.fullmatch(r"\d+-of-\d+(\.\w+)?", path.name)}
    return sorted(recorded_here | shards)


def forget(outputs: Iterable[str]) -> None:
    """Take away what is recorded of earlier outputs at these paths, before new ones are made."""
    for path in outputs:
        for ending in ("prov", "run"):
            Path(f"{path}.{ending}.json").unlink(missing_ok=True)


def record(outputs: Iterable[str], made_by: Json, ran: Json) -> None:
    """Write both files beside every output that was made."""
    made = [path for path in outputs if Path(path).exists()]
    digests = {Path(path).name: content_digest(path) for path in made}
    for path in made:
        write_json(f"{path}.prov.json", {**made_by, "outputs": digests})
        write_json(f"{path}.run.json", ran)
