"""Decides what is stale: it compares the record beside an artifact with what a job would record
now.

This is the only authority. Snakemake gets one more input: a file under work/.stale/, named
after the reason, that is newer than the artifact; all other inputs are `ancient`, so their times
say nothing. Nothing of Snakemake's own notes is needed: a copied work/, a second clone, another
user find the same.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from wsss.plan.expected import Expected, plain_options
from wsss.plan.jobs import Artifact, Job
from wsss.plan.marks import leave_mark
from wsss.run.code import CODE, Code
from wsss.run.records import (
    GivenArtifact,
    Input,
    Record,
    content_digest,
    read_record,
    record_problem,
)

ALL = "*"
"""the entry of `forced` that stands for everything"""


class Staleness:
    """Judges the artifacts of jobs. `forced` gives the rules and files that the user wants to be
    made again.
    """

    def __init__(self, forced: Callable[[], Iterable[str]] = tuple, code: Code = CODE) -> None:
        self._asked = forced
        self._expected = Expected(code)
        self._reasons: dict[str, list[str]] = {}

    def marks(self, job: Job) -> list[str]:
        """A file that is newer than the job's artifact when that is stale, for Snakemake; else
        nothing.
        """
        reasons = self.reasons(job)
        return [leave_mark(reasons[0], job)] if reasons else []

    def is_fresh(self, job: Job) -> bool:
        """Whether all outputs are there and as they would be made now."""
        there = all(Path(path).exists() for path in job.outputs.values())
        return there and not self.reasons(job)

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
        for one in job.artifacts:
            if one.job and self.reasons(one.job):
                return [f"{one.job.rule} before it is made anew"]
        found: list[str] = []
        for path in there:
            record = read_record(path)
            if record is None:
                found.append(record_problem(path) or "no record")
            else:
                found += self._differences(job, record)
        return list(dict.fromkeys(found))

    def _differences(self, job: Job, record: Record) -> list[str]:
        """What a record would say differently now, in words."""
        found = []
        if (record.stage, record.method) != (job.stage, job.method):
            found.append(f"made by {record.stage} {record.method or ''}")
        found += _differing("setting", record.settings, job.settings)
        found += _differing("option", record.options, plain_options(job.options))
        if record.code != self._expected.code(job):
            found.append(f"code of {job.script} and all it imports")
        if record.read != self._expected.read(job):
            kinds = "photos, tags or masks" if job.read else "photos or tags"
            found.append(f"{kinds} of {job.split}")
        found += [f"what it reads as {name}" for name in _other_inputs(job, record)]
        if not found and record.lineage != self._expected.lineage(job):
            found.append("something that what it reads was made of")
        return found


def _other_inputs(job: Job, record: Record) -> list[str]:
    """The inputs whose content, as recorded where they lie now, is not what was read."""
    named = {name for name, artifacts in job.inputs.items() if artifacts}
    differing = sorted(named ^ set(record.inputs))
    for name in sorted(named & set(record.inputs)):
        now = _joined(job.inputs[name])
        if now is not None and now != record.inputs[name].digest:
            differing.append(name)
    return differing


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
    """The keys under which two mappings say different things, in words."""
    found = []
    for key in sorted({*before, *now}):
        old, new = before.get(key), now.get(key)
        if old != new:
            found.append(f"{what} {key}: {old} and {new}")
    return found
