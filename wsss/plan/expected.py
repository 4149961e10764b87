"""What the record of a job would say now: its code, what it reads, and its lineage.

All of it is found once, whatever the number of jobs that ask.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wsss.data.index import read_digests
from wsss.plan.jobs import Artifact, Job
from wsss.run.code import CODE, Code
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.run.records import GivenArtifact, Input, content_digest, lineage_of, read_record
from wsss.run.user_files import look_of, named_files, read_of

Read = dict[str, dict[str, str]]


class Expected:
    """Records as they would be written now."""

    def __init__(self, code: Code = CODE) -> None:
        self._code = code
        self._lineages: dict[tuple[Any, ...], str] = {}
        self._codes: dict[tuple[str, str], str] = {}
        self._digests: dict[tuple[Any, ...], dict[str, str]] = {}
        self._contents: dict[str, str] = {}

    def code(self, job: Job) -> str:
        """What the job's script executes."""
        key = job.stage, repr(job.entry)
        if key not in self._codes:
            self._codes[key] = self._code.digest(job.stage, job.entry)
        return self._codes[key]

    def read(self, job: Job) -> Read:
        """What the job would read beside its inputs: of an index, and of files that its settings
        name.
        """
        read = self._read_of_index(job)
        if job.entry is None:
            return read
        for name, path in named_files(load(job.entry.settings), job.settings).items():
            read |= read_of(name, self._content(job, name, path))
        return read

    def _content(self, job: Job, name: str, path: str) -> str:
        """The digest of files of the user's.

        Those that look as they did when the artifact was made are not read again.
        """
        if path not in self._contents:
            self._contents[path] = _noted_content(job, name, path) or content_digest(path)
        return self._contents[path]

    def _read_of_index(self, job: Job) -> Read:
        """Nothing while there is no index."""
        if job.index is None or job.split is None or not Path(job.index.path).exists():
            return {}
        key = job.index.path, job.split, job.read
        if key not in self._digests:
            try:
                self._digests[key] = read_digests(job.index.path, job.split, job.read)
            # an index of an older version, or without this split: the stage that reads it says so
            except UserError:
                self._digests[key] = {}
        return {job.split: self._digests[key]}

    def lineage(self, job: Job) -> str:
        """What the job's record would have as its lineage. Shards of one step have one."""
        place, shards = str(Path(job.output).parent), job.shard and job.shard.split("/")[1]
        key = job.stage, job.method, place if shards else job.output, shards
        if key not in self._lineages:
            self._lineages[key] = self._lineage(job)
        return self._lineages[key]

    def _lineage(self, job: Job) -> str:
        inputs = {}
        for name, artifacts in job.inputs.items():
            if artifacts:
                inputs[name] = self._lineage_of(artifacts)
        options, code, read = plain_options(job.options), self.code(job), self.read(job)
        return lineage_of(job.stage, job.method, job.settings, options, code, read, inputs)

    def _lineage_of(self, artifacts: Iterable[Artifact]) -> str:
        given = [GivenArtifact(one.label, "", self._lineage_at(one)) for one in artifacts]
        return Input.of(given).lineage

    def _lineage_at(self, artifact: Artifact) -> str:
        """The lineage that an artifact would have now; of a file that no job makes, the digest of
        its content.
        """
        return self.lineage(artifact.job) if artifact.job else content_digest(artifact.path)


def plain_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as a record holds them: given ones only, tuples as lists."""
    plain: dict[str, Any] = {}
    for name, value in options.items():
        if value is None or value is False or value == []:
            continue
        plain[name] = list(value) if isinstance(value, tuple) else value
    return plain


def _noted_content(job: Job, name: str, path: str) -> str | None:
    """What the artifact's record says of files of the user's, if they look as they did then."""
    record = read_record(job.output)
    try:
        looks = json.loads(Path(f"{job.output}.run.json").read_text()).get("looks", {})
    except (OSError, ValueError, AttributeError):
        return None
    same = record is not None and looks.get(name) == look_of(path)
    return record.read.get(f"setting {name}", {}).get("files") if record and same else None
