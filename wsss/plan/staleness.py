"""Decides what is stale: it compares the record beside an artifact with what a job would record
now.

This is the only authority. Snakemake gets one more input: a file under work/.stale/, named
after the reason, that is newer than the artifact; all other inputs are `ancient`, so their times
say nothing. Nothing of Snakemake's own notes is needed: a copied work/, a second clone, another
user find the same.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from wsss.data.index import read_digests
from wsss.plan.jobs import Artifact, Job
from wsss.run.code import CODE, Code
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.run.records import (
    GivenArtifact,
    Input,
    Record,
    content_digest,
    lineage_of,
    read_record,
    record_problem,
)
from wsss.run.user_files import look_of, named_files, read_of

MARKS = Path("work/.stale")
ALL = "*"
"""the entry of `forced` that stands for everything"""
LONGEST = 100
"""characters of a mark's name"""


class Staleness:
    """Judges the artifacts of jobs. `forced` gives the rules and files that the user wants to be
    made again.
    """

    def __init__(self, forced: Callable[[], Iterable[str]] = tuple, code: Code = CODE) -> None:
        self._asked, self._code = forced, code
        self._reasons: dict[str, list[str]] = {}
        self._lineages: dict[tuple[Any, ...], str] = {}
        self._codes: dict[tuple[str, str], str] = {}
        self._digests: dict[tuple[Any, ...], dict[str, str]] = {}
        self._contents: dict[str, str] = {}

    def marks(self, job: Job) -> list[str]:
        """A file that is newer than the job's artifact when that is stale, for Snakemake; else
        nothing.
        """
        reasons = self.reasons(job)
        return [_mark(reasons[0], job)] if reasons else []

    def is_fresh(self, job: Job) -> bool:
        """Whether all outputs are there and as they would be made now."""
        return all(Path(path).exists() for path in job.outputs.values()) and not self.reasons(job)

    def reasons(self, job: Job) -> list[str]:
        """Why what a job made is no longer what it would make; empty where it is, or where nothing
        is there to judge.
        """
        if job.output not in self._reasons:
            self._reasons[job.output] = []  # a job never depends on itself
            self._reasons[job.output] = self._judge(job)
        return self._reasons[job.output]

    @cached_property
    def _forced(self) -> set[str]:
        return set(map(str, self._asked()))

    def _judge(self, job: Job) -> list[str]:
        there = [path for path in job.outputs.values() if Path(path).exists()]
        if not there:
            return []
        if {ALL, job.rule, *job.outputs.values()} & self._forced:
            return [f"{job.rule} is made anew as asked for"]
        before = next((one.job for one in job.artifacts if one.job and self.reasons(one.job)), None)
        if before is not None:
            return [f"{before.rule} before it is made anew"]
        found: list[str] = []
        for path in there:
            record = read_record(path)
            found += (
                self._differences(job, record) if record else [record_problem(path) or "no record"]
            )
        return list(dict.fromkeys(found))

    def _differences(self, job: Job, record: Record) -> list[str]:
        """What a record would say differently now, in words."""
        found = []
        if (record.stage, record.method) != (job.stage, job.method):
            found.append(f"made by {record.stage} {record.method or ''}")
        found += _differing("setting", record.settings, job.settings)
        found += _differing("option", record.options, _plain(job.options))
        if record.code != self.code(job):
            found.append(f"code of {job.script} and all it imports")
        if record.read != self.read(job):
            found.append(
                f"photos, tags or masks of {job.split}"
                if job.read
                else f"photos or tags of {job.split}"
            )
        found += [f"what it reads as {name}" for name in self._other_inputs(job, record)]
        if not found and record.lineage != self.lineage(job):
            found.append("something that what it reads was made of")
        return found

    def _other_inputs(self, job: Job, record: Record) -> list[str]:
        """The inputs whose recorded content differs from the content that the job read."""
        named = {name for name, artifacts in job.inputs.items() if artifacts}
        differing = sorted(named ^ set(record.inputs))
        for name in sorted(named & set(record.inputs)):
            now = _joined(job.inputs[name])
            if now is not None and now != record.inputs[name].digest:
                differing.append(name)
        return differing

    def code(self, job: Job) -> str:
        """What the job's script executes."""
        key = job.stage, repr(job.entry)
        if key not in self._codes:
            self._codes[key] = self._code.digest(job.stage, job.entry)
        return self._codes[key]

    def read(self, job: Job) -> dict[str, dict[str, str]]:
        """What the job would read beside its inputs: of an index, and of files that its settings
        name.
        """
        files = named_files(load(job.entry.settings), job.settings) if job.entry else {}
        return {
            **self._read_of_index(job),
            **{
                key: value
                for name, path in files.items()
                for key, value in read_of(name, self._content(job, name, path)).items()
            },
        }

    def _content(self, job: Job, name: str, path: str) -> str:
        """The digest of files of the user's.

        Those that look as they did when the artifact was made are not read again.
        """
        if path not in self._contents:
            self._contents[path] = _noted_content(job, name, path) or content_digest(path)
        return self._contents[path]

    def _read_of_index(self, job: Job) -> dict[str, dict[str, str]]:
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
            inputs = {
                name: self._lineage_of(artifacts)
                for name, artifacts in job.inputs.items()
                if artifacts
            }
            self._lineages[key] = lineage_of(
                job.stage,
                job.method,
                job.settings,
                _plain(job.options),
                self.code(job),
                self.read(job),
                inputs,
            )
        return self._lineages[key]

    def _lineage_of(self, artifacts: Iterable[Artifact]) -> str:
        given = [GivenArtifact(one.label, "", self._lineage_at(one)) for one in artifacts]
        return Input.of(given).lineage

    def _lineage_at(self, artifact: Artifact) -> str:
        """The lineage that an artifact would have now; of a file that no job makes, the digest of
        its content.
        """
        return self.lineage(artifact.job) if artifact.job else content_digest(artifact.path)


def _noted_content(job: Job, name: str, path: str) -> str | None:
    """What the artifact's record says of files of the user's, if they look as they did then."""
    record = read_record(job.output)
    try:
        looks = json.loads(Path(f"{job.output}.run.json").read_text()).get("looks", {})
    except (OSError, ValueError, AttributeError):
        return None
    same = record is not None and looks.get(name) == look_of(path)
    return record.read.get(f"setting {name}", {}).get("files") if record and same else None


def _joined(artifacts: Iterable[Artifact]) -> str | None:
    """The digest of several artifacts together, as recorded beside them; None where one is not
    there or not recorded.
    """
    given = []
    for one in artifacts:
        digest = _noted_digest(one)
        if digest is None:
            return None
        given.append(GivenArtifact(one.label, digest, ""))
    return Input.of(given).digest


def _noted_digest(artifact: Artifact) -> str | None:
    path = Path(artifact.path)
    if not path.exists():
        return None
    if artifact.job is None:
        return content_digest(path)
    record = read_record(path)
    return record.outputs.get(path.name) if record else None


def _differing(what: str, before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    keys = sorted({*before, *now})
    return [
        f"{what} {key}: {before.get(key)} and {now.get(key)}"
        for key in keys
        if before.get(key) != now.get(key)
    ]


def _plain(options: Any) -> dict[str, Any]:
    """Options as a record holds them: given ones only, tuples as lists."""
    given = {
        name: value for name, value in options.items() if value is not None and value is not False
    }
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in given.items()
        if value != []
    }


def _mark(reason: str, job: Job) -> str:
    """A file that says the reason by its name, and is newer than all outputs of the job."""
    name = re.sub(r"[^A-Za-z0-9_.=,-]+", "-", reason)[:LONGEST].strip("-.") or "stale"
    path, now = MARKS / name, time.time()
    path.parent.mkdir(parents=True, exist_ok=True)
    for output in job.outputs.values():
        _set_back(Path(output), now)
    path.touch()
    os.utime(path, (now, now))
    return str(path)


def _set_back(path: Path, now: float) -> None:
    """Give a stale artifact whose time is not past (a clock was set back) an older one, so that it
    is seen as older.
    """
    for one in (path, path / ".snakemake_timestamp"):
        if one.exists() and one.lstat().st_mtime >= now:
            os.utime(one, (now - 1, now - 1))
