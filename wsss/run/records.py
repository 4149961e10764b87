"""The record `X.prov.json` beside an artifact X: all that decided X, with digests and lineages.

A record says all that X follows from, so that whoever plans can compare it with what would be made
now. It covers itself: one that is missing, cut off or changed anywhere is no record. Equal work
gives equal bytes. `X.run.json` beside it says what happened: how long, where, from which paths.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from wsss.run.files import json_text

FORMAT = 2
Json = dict[str, Any]


class GivenArtifact(NamedTuple):
    """One artifact that a stage was given; the name is empty where its argument has none."""

    name: str
    digest: str
    lineage: str


@dataclass(frozen=True)
class Input:
    """What a stage was given under one argument: the content and the lineage of all of it."""

    digest: str
    lineage: str

    @classmethod
    def of(cls, artifacts: Sequence[GivenArtifact]) -> "Input":
        """The artifacts of one argument together. Their order counts by name only."""
        digests: dict[str, list[str]] = {}
        lineages: dict[str, list[str]] = {}
        for name, digest, lineage in artifacts:
            digests.setdefault(name, []).append(digest)
            lineages.setdefault(name, []).append(lineage)
        if set(digests) <= {""}:
            return cls(join_digests(digests.get("", [])), join_lineages(lineages.get("", [])))
        by_name = [[name, join_digests(found)] for name, found in digests.items()]
        lines = [[name, join_lineages(found)] for name, found in lineages.items()]
        return cls("f" + _hex(by_name), _hex(lines))


@dataclass(frozen=True)
class Record:
    """All that decided an artifact, and what came of it."""

    stage: str
    """the script, such as stages/write_labels.py"""
    method: str | None
    settings: Json
    options: Json
    """the options that decide what is made, as given on the command line"""
    code: str
    modules: dict[str, str]
    """file -> 8 hex digits: which part of the code is another"""
    read: dict[str, dict[str, str]]
    """split -> "photos" or a kind of annotation -> its digest: what was read of the index"""
    inputs: dict[str, Input]
    """by argument, without the index"""
    outputs: dict[str, str]
    """basename -> digest, of all that the same start made"""
    versions: dict[str, str | None]
    place: str
    """the artifact's path inside its work folder; its basename where there is none"""

    @property
    def lineage(self) -> str:
        """16 hex digits for all that decided the content, back to the photos."""
        lineages = {name: given.lineage for name, given in self.inputs.items()}
        return lineage_of(
            self.stage, self.method, self.settings, self.options, self.code, self.read, lineages
        )

    def as_json(self) -> Json:
        """What `write_json` writes: this record, covered by its own digest."""
        fields = {"format": FORMAT, **asdict(self), "lineage": self.lineage}
        return {**fields, "digest": _hex(fields)}


_READER = TypeAdapter(Record)


def read_record(path: str | Path) -> Record | None:
    """The record beside the artifact `path`; None where `record_problem` has words for it."""
    fields = _read_object(_beside(path))
    if fields is None or fields.get("format") != FORMAT:
        return None
    digest = fields.pop("digest", None)
    try:
        record = _READER.validate_json(json.dumps(fields), strict=True)
    except ValidationError:
        return None
    return record if digest == _hex(fields) else None


def record_problem(path: str | Path) -> str | None:
    """Why there is no readable record beside `path`, in words; None where there is one."""
    if read_record(path) is not None:
        return None
    if not _beside(path).exists():
        return "no record"
    fields = _read_object(_beside(path)) or {}
    other = fields.get("format", 1 if "stage" in fields else FORMAT) != FORMAT
    return "a record of another version" if other else "a damaged record"


def lineage_of(
    stage: str,
    method: str | None,
    settings: Mapping[str, Any],
    options: Mapping[str, Any],
    code: str,
    read: Mapping[str, Mapping[str, str]],
    inputs: Mapping[str, str],
) -> str:
    """16 hex digits for what decides an artifact; `inputs` is argument -> joined lineage."""
    return _hex([stage, method, settings, options, code, read, inputs])


def join_lineages(lineages: Iterable[str]) -> str:
    """The lineage of several artifacts together; the shards of one step count once."""
    return _hex(sorted(set(lineages)))


def content_digest(path: str | Path) -> str:
    """A letter and 16 hex digits for the content of an artifact. Its name does not count.

    Of a file ("f"): its bytes and those of the `.json` that describes it. Of a folder ("s"): the
    sum over its files, so that it matters not how files are dealt to folders. Hidden files, in
    which Snakemake notes times, do not count.
    """
    path = Path(path)
    if path.is_dir():
        return _summed(_of_entry(path, file) for file in path.rglob("*") if _counts(path, file))
    described = Path(f"{path}.json")
    parts = [path, described] if described.is_file() else [path]
    return "f" + hashlib.sha256(b"".join(map(_sha256, parts))).hexdigest()[:16]


def join_digests(digests: Iterable[str]) -> str:
    """The digest of several artifacts together; of folders, what one of all files would have."""
    found = sorted(digests)
    if found and all(digest.startswith("s") for digest in found):
        return _summed(int(digest[1:], 16) for digest in found)
    return "f" + _hex(found)


def _beside(path: str | Path) -> Path:
    return Path(f"{path}.prov.json")


def _read_object(path: Path) -> Json | None:
    """The JSON object in a file, if it holds that and nothing else, to the byte."""
    try:
        text = path.read_text()
        fields = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) and json_text(fields) == text else None


def _hex(value: Any) -> str:
    """16 hex digits for any JSON-like value, independent of the order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _counts(folder: Path, file: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and file.is_file()


def _of_entry(folder: Path, file: Path) -> int:
    name = file.relative_to(folder).as_posix().encode()
    return int.from_bytes(hashlib.sha256(name + b"\0" + _sha256(file)).digest()[:8], "big")


def _summed(numbers: Iterable[int]) -> str:
    return f"s{sum(numbers) % 2**64:016x}"


def _sha256(path: Path) -> bytes:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").digest()
