"""Judges which artifacts are *stale*: those whose record (run/records.py) differs from the one that
the job would write now (expected.py).

Records are no rerun trigger of Snakemake, and `mtime` is the only one that the profiles leave on.
So the job of a stale artifact gets a mark as one more input: a file that is newer than the artifact
(marks.py). All inputs of a fresh artifact are `ancient`, so that their times have no effect
(functions.py). Snakemake's metadata in .snakemake/ are not used, so the result is the same for a
copied work/, another clone or another user.
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

NOT_GIVEN = "not given"
"""what stands for a value that is missing, or null"""
ALL = "*"
"""an entry of `forced` for all rules (snakemake --forceall)"""


class Staleness:
    """Judges the artifacts of jobs. `forced` gives the rules and targets that the user forces
    (startup.py); `code` is the project's code.
    """

    def __init__(self, forced: Callable[[], Iterable[str]] = tuple, code: Code = CODE) -> None:
        self._asked = forced
        self._expected = Expected(code)
        self._reasons: dict[str, list[str]] = {}

    def marks(self, job: Job) -> list[str]:
        """[path of a mark (marks.py), made here] for a job with a stale artifact; else []."""
        reasons = self.reasons(job)
        return [leave_mark(reasons[0], job)] if reasons else []

    def is_fresh(self, job: Job) -> bool:
        """Whether all outputs of a job exist and none is stale."""
        exist = all(Path(path).exists() for path in job.outputs.values())
        return exist and not self.reasons(job)

    def reasons(self, job: Job) -> list[str]:
        """Why the outputs of a job are stale, in words; [] if they are not, or if none exists."""
        if job.output not in self._reasons:
            self._reasons[job.output] = []  # ends the recursion of `_judge` if jobs form a cycle
            self._reasons[job.output] = self._judge(job)
        return self._reasons[job.output]

    def causes(self, job: Job) -> list[str]:
        """The reasons of the first step in the chain of a stale job that has some of its own."""
        for artifact in job.artifacts:
            if artifact.job and self.reasons(artifact.job):
                return self.causes(artifact.job)
        return self.reasons(job)

    @cached_property
    def _forced(self) -> set[str]:
        return set(map(str, self._asked()))

    def _judge(self, job: Job) -> list[str]:
        """The reasons: the job is forced, what it reads is stale, or its records differ."""
        existing = [path for path in job.outputs.values() if Path(path).exists()]
        if not existing:
            return []
        if {ALL, job.rule, *job.outputs.values()} & self._forced:
            return [f"{job.rule} is made anew as asked for"]
        for artifact in job.artifacts:
            if artifact.job and self.reasons(artifact.job):
                return [f"{artifact.job.rule} before it is made anew"]
        found: list[str] = []
        for path in existing:
            record = read_record(path)
            if record is None:
                found.append(record_problem(path) or "no record")
            else:
                found += self._differences(job, record)
        return list(dict.fromkeys(found))

    def _differences(self, job: Job, record: Record) -> list[str]:
        """Where the record differs from the one that the job would write now, in words."""
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
        # such as the code of a step further up, whose artifact on disk is missing
        if not found and record.lineage != self._expected.lineage(job):
            found.append("the lineage of what it reads")
        return found


def _other_inputs(job: Job, record: Record) -> list[str]:
    """The arguments whose artifacts, by their records now, are not those that were read."""
    named = {name for name, artifacts in job.inputs.items() if artifacts}
    differing = sorted(named ^ set(record.inputs))
    for name in sorted(named & set(record.inputs)):
        now = _digest_of_all(job.inputs[name])
        if now is not None and now != record.inputs[name].digest:
            differing.append(name)
    return differing


def _digest_of_all(artifacts: Iterable[Artifact]) -> str | None:
    """The content digest of several artifacts together; None if it is not known for all."""
    given = []
    for artifact in artifacts:
        digest = _recorded_digest(artifact)
        if digest is None:
            return None
        given.append(GivenArtifact(artifact.label, digest, ""))
    return Input.of(given).digest


def _recorded_digest(artifact: Artifact) -> str | None:
    """The content digest in an artifact's record; of a user's own file it is computed. None if the
    artifact or its record does not exist.
    """
    path = Path(artifact.path)
    if not path.exists():
        return None
    if artifact.job is None:
        return content_digest(path)
    record = read_record(path)
    return record.outputs.get(path.name) if record else None


def _differing(what: str, before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """The keys whose values differ between two mappings, as "WHAT KEY was BEFORE, is NOW"."""
    found = []
    for key in sorted({*before, *now}):
        old, new = before.get(key), now.get(key)
        if old != new:
            was, is_now = (NOT_GIVEN if value is None else value for value in (old, new))
            found.append(f"{what} {key} was {was}, is {is_now}")
    return found
