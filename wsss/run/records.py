"""The record `X.prov.json` beside an artifact X: what X was made from, with digests.

Planning compares a record with the one that the job would write now (plan/staleness.py). The
*lineage* of X is a digest of everything that affects X: script, method, settings, options, code,
photos and annotations, and the lineages of its inputs, back to the photos. The *digest* of X is of
its content. Versions of packages are not part of the lineage: when they change, nothing runs again
(docs/faults.md).

A record holds a digest of itself, so one that was cut off or changed is not accepted. Equal work
gives records of equal bytes. What differs between runs (time, host, paths) is in `X.run.json`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from wsss.run.errors import raise_passing
from wsss.run.files import json_text, parse_json, require_file

FORMAT = 2
"""the version of the layout of records; those of other versions are not read"""
Json = dict[str, Any]


class GivenArtifact(NamedTuple):
    """One artifact that a stage was given."""

    name: str
    """NAME of an argument NAME=PATH; empty for a plain PATH"""
    digest: str
    lineage: str


@dataclass(frozen=True)
class Input:
    """What a stage was given for one argument: digest and lineage of its artifacts together."""

    digest: str
    lineage: str

    @classmethod
    def of(cls, artifacts: Sequence[GivenArtifact]) -> "Input":
        """The artifacts of one argument together. The order of names counts, but not that of the
        artifacts of one name.
        """
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
    """What an artifact was made from, and the digests of what the stage wrote."""

    stage: str
    """the script, such as stages/write_labels.py"""
    method: str | None
    """the method's name; None for a script without methods"""
    settings: Json
    """all settings of the method, defaults included"""
    options: Json
    """the options on the command line that affect the result"""
    code: str
    """the code digest (code.py)"""
    modules: dict[str, str]
    """file -> 8 hex digits, to say which files differ when the code digest does"""
    read: dict[str, dict[str, str]]
    """digests of what was read besides the inputs, such as {"train": {"photos": D, "mask": D},
    "setting folder": {"files": D}}: of each split its photos and kinds of annotation, from the
    index; of each setting that names files their content (user_files.py)"""
    inputs: dict[str, Input]
    """argument -> its artifacts; the index is not among them"""
    outputs: dict[str, str]
    """file name -> digest, of everything that the same run of the script wrote"""
    versions: dict[str, str | None]
    """package -> its version, which is not part of the lineage"""
    place: str
    """the artifact's path relative to its work folder; the name alone outside of one"""

    @property
    def lineage(self) -> str:
        """16 hex digits for everything that affects the artifact, back to the photos."""
        lineages = {name: given.lineage for name, given in self.inputs.items()}
        return lineage_of(
            self.stage, self.method, self.settings, self.options, self.code, self.read, lineages
        )

    def as_json(self) -> Json:
        """The record as it is written, with its lineage and a digest of all its fields."""
        fields = {"format": FORMAT, **asdict(self), "lineage": self.lineage}
        return {**fields, "digest": _hex(fields)}


_READER = TypeAdapter(Record)


def read_record(path: str | Path) -> Record | None:
    """The record beside the artifact `path`; None where there is no record that can be read
    (`record_problem` says why).
    """
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
    # records of version 1 had no field `format`
    version = fields.get("format", 1 if "stage" in fields else FORMAT)
    return "a record of another version" if version != FORMAT else "a damaged record"


def lineage_of(
    stage: str,
    method: str | None,
    settings: Mapping[str, Any],
    options: Mapping[str, Any],
    code: str,
    read: Mapping[str, Mapping[str, str]],
    inputs: Mapping[str, str],
) -> str:
    """The lineage of an artifact, 16 hex digits, from the fields of its record.

    `inputs` is argument -> the lineage of its artifacts together.
    """
    return _hex([stage, method, settings, options, code, read, inputs])


def join_lineages(lineages: Iterable[str]) -> str:
    """The lineage of several artifacts together. Shards of one step have one lineage, which counts
    once.
    """
    return _hex(sorted(set(lineages)))


def content_digest(path: str | Path) -> str:
    """A letter and 16 hex digits for the content of an artifact. Its name does not count.

    For a file, "f" and a hash of its bytes and of those in FILE.json beside it, which describes it.
    For a folder, "s" and the sum of hashes of its files: so the digest of several folders together
    does not depend on which folder a file is in. Hidden files, such as Snakemake's time stamps, do
    not count.
    """
    path = Path(path)
    if path.is_dir():
        files = [file for file in path.rglob("*") if _counts(path, file)]
        return _summed(_of_entry(path, file) for file in files)
    description = Path(f"{path}.json")
    parts = [path, description] if description.is_file() else [path]
    return "f" + hashlib.sha256(b"".join(map(_sha256, parts))).hexdigest()[:16]


def join_digests(digests: Iterable[str]) -> str:
    """The digest of several artifacts together. For folders it equals the digest of one folder with
    all their files.
    """
    found = sorted(digests)
    if found and all(digest.startswith("s") for digest in found):
        return _summed(int(digest[1:], 16) for digest in found)
    return "f" + _hex(found)


def _beside(path: str | Path) -> Path:
    return Path(f"{path}.prov.json")


def _read_object(path: Path) -> Json | None:
    """The JSON object in a file; None unless the file is, to the byte, what `write_json` writes."""
    try:
        text = require_file(path).read_text(encoding="utf-8")
        fields = parse_json(text)
        return fields if isinstance(fields, dict) and json_text(fields) == text else None
    except OSError as error:
        raise_passing(error)
        return None
    except (ValueError, RecursionError):  # also of text that nests too deep to be written again
        return None


def _hex(value: Any) -> str:
    """16 hex digits for a JSON value, independent of the order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _counts(folder: Path, file: Path) -> bool:
    """Whether a path below `folder` counts in its digest: a file that is not hidden."""
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and file.is_file()


def _of_entry(folder: Path, file: Path) -> int:
    """A hash of a file's path in the folder and its content, as a number of 64 bits."""
    name = file.relative_to(folder).as_posix().encode(errors="surrogateescape")
    return int.from_bytes(hashlib.sha256(name + b"\0" + _sha256(file)).digest()[:8], "big")


def _summed(numbers: Iterable[int]) -> str:
    return f"s{sum(numbers) % 2**64:016x}"


def _sha256(path: Path) -> bytes:
    with require_file(path).open("rb") as content:
        return hashlib.file_digest(content, "sha256").digest()
