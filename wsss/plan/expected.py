"""The fields that a job's record (run/records.py) would have if the job ran now: the code digest,
the digests of what it reads, and the lineage. staleness.py compares them with the record on disk.

Each is computed once and kept, since many jobs ask for the same.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wsss.data.index import read_digests
from wsss.plan.jobs import Artifact, Job
from wsss.run.code import CODE, Code
from wsss.run.errors import UserError
from wsss.run.files import read_json
from wsss.run.methods import load
from wsss.run.records import GivenArtifact, Input, content_digest, lineage_of, read_record
from wsss.run.user_files import named_files, read_of, stat_digest

Read = dict[str, dict[str, str]]
"""the field `read` of a record"""


class Expected:
    """The fields of records as jobs would write them now, with the project's `code`."""

    def __init__(self, code: Code = CODE) -> None:
        self._code = code
        self._lineages: dict[tuple[Any, ...], str] = {}
        self._codes: dict[tuple[str, str], str] = {}
        self._digests: dict[tuple[Any, ...], dict[str, str]] = {}
        self._contents: dict[str, str] = {}

    def code(self, job: Job) -> str:
        """The code digest of the job's script and method."""
        key = job.stage, repr(job.entry)
        if key not in self._codes:
            self._codes[key] = self._code.digest(job.stage, job.entry)
        return self._codes[key]

    def read(self, job: Job) -> Read:
        """The field `read`: digests of the index's split, and of the files that settings name."""
        read = self._read_of_index(job)
        if job.entry is None:
            return read
        for name, path in named_files(load(job.entry.settings), job.settings).items():
            read |= read_of(name, self._content(job, name, path))
        return read

    def _content(self, job: Job, name: str, path: str) -> str:
        """The content digest of the files that a setting of a job names.

        It is taken from the artifact's record where the files' sizes and times are unchanged.
        """
        if path not in self._contents:
            self._contents[path] = _recorded_content(job, name, path) or content_digest(path)
        return self._contents[path]

    def _read_of_index(self, job: Job) -> Read:
        """Split -> "photos" or a kind of annotation -> digest; {} as long as there is no index."""
        if job.index is None or job.split is None or not Path(job.index.path).exists():
            return {}
        key = job.index.path, job.split, job.read
        if key not in self._digests:
            try:
                self._digests[key] = read_digests(job.index.path, job.split, job.read)
            except UserError:  # an older version, or no such split: the stage itself says so
                self._digests[key] = {}
        return {job.split: self._digests[key]}

    def lineage(self, job: Job) -> str:
        """The lineage that the job's record would have. All shards of a step have the same."""
        folder, shards = str(Path(job.output).parent), job.shard and job.shard.split("/")[1]
        key = job.stage, job.method, folder if shards else job.output, shards
        if key not in self._lineages:
            self._lineages[key] = self._lineage(job)
        return self._lineages[key]

    def _lineage(self, job: Job) -> str:
        """As `lineage`, computed: from the job's fields and the lineages of its inputs."""
        inputs = {}
        for name, artifacts in job.inputs.items():
            if artifacts:
                inputs[name] = self._lineage_of(artifacts)
        options, code, read = plain_options(job.options), self.code(job), self.read(job)
        return lineage_of(job.stage, job.method, job.settings, options, code, read, inputs)

    def _lineage_of(self, artifacts: Iterable[Artifact]) -> str:
        """The lineage of the artifacts of one argument together."""
        given = []
        for artifact in artifacts:
            given.append(GivenArtifact(artifact.label, "", self._lineage_at(artifact)))
        return Input.of(given).lineage

    def _lineage_at(self, artifact: Artifact) -> str:
        """The lineage that an artifact would have now. For a file that no job makes it is the
        content digest.
        """
        return self.lineage(artifact.job) if artifact.job else content_digest(artifact.path)


def plain_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as a record holds them: only those that are given, and tuples as lists."""
    plain: dict[str, Any] = {}
    for name, value in options.items():
        if value is None or value is False or value == []:
            continue
        plain[name] = list(value) if isinstance(value, tuple) else value
    return plain


def _recorded_content(job: Job, name: str, path: str) -> str | None:
    """The content digest of a setting's files in the artifact's record; None where their sizes or
    times have changed since (run/user_files.py).
    """
    record = read_record(job.output)
    try:
        looks = read_json(f"{job.output}.run.json").get("looks", {})
    except (OSError, ValueError, AttributeError):
        return None
    same = record is not None and looks.get(name) == stat_digest(path)
    return record.read.get(f"setting {name}", {}).get("files") if record and same else None
