"""The functions that Snakemake calls: input and params functions of rules, made from the rules'
jobs. An error is one line.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from wsss.plan.jobs import Job, JobOf
from wsss.plan.staleness import Staleness
from wsss.run.errors import UserError, line_of

Flag = Callable[[Any], Any]
"""a flag of Snakemake's for paths"""


class Judge(Protocol):
    """Says what is stale."""

    def marks(self, job: Job) -> list[str]:
        """A file that is newer than a stale artifact."""

    def is_fresh(self, job: Job) -> bool:
        """Whether an artifact is there and as it would be made now."""


class NothingStale:
    """For the processes that only run what another one decided."""

    def marks(self, job: Job) -> list[str]:
        """Nothing."""
        return []

    def is_fresh(self, job: Job) -> bool:
        """Nothing is known of it."""
        return False


def input_function(
    job_of: JobOf, ancient: Flag, local: Flag, stale: Judge
) -> Callable[[Any], dict[str, Any]]:
    """A Snakemake input function: what the job reads by argument, and, when its artifact is stale,
    a newer file, which is never in storage (`local`).

    The inputs of a job whose artifact is fresh are `ancient`: their times do not count. All others
    are not, since Snakemake runs a job after another one only for inputs whose times count. A model
    that is fresh asks for no shards that are not there, such as those of another number of shards:
    Snakemake would make them, and then train again.
    """

    def inputs(wildcards: Any) -> dict[str, Any]:
        """Argument -> paths, of the job of these wildcards."""
        job = job_of(wildcards)
        marks = stale.marks(job)
        if marks:
            return {**job.paths, "stale": local(marks)}
        if not stale.is_fresh(job):
            return job.paths
        return {name: ancient(_needed(job, paths)) for name, paths in job.paths.items()}

    return inputs


def _needed(job: Job, paths: Any) -> Any:
    """What of a fresh job's inputs has to be there: of a model's shards only those that are."""
    several = job.entry is not None and job.shard is None and isinstance(paths, list)
    return [path for path in paths if Path(path).exists()] if several else paths


def argument_function(job_of: JobOf) -> Callable[..., str]:
    """A Snakemake params function: the arguments of the job's script."""

    def arguments(wildcards: Any, input: Any, output: Any) -> str:
        return job_of(wildcards).arguments(dict(input.items()), dict(output.items()))

    return one_line_for_errors()(arguments)


def input_functions(
    ancient: Flag, local: Flag, stale: Staleness, main: bool, note: Callable[[], None]
) -> Callable[[JobOf], Any]:
    """From the jobs of a rule to its input function, which calls `note` first.

    Only the process that a person started decides what is stale; jobs on other machines do not.
    """
    judge: Judge = stale if main else NothingStale()

    def function_of(job_of: JobOf) -> Any:
        inputs = input_function(job_of, ancient, local, judge)

        def noted(wildcards: Any) -> dict[str, Any]:
            note()
            return inputs(wildcards)

        return one_line_for_errors()(noted)

    return function_of


@contextmanager
def one_line_for_errors() -> Iterator[None]:
    """End the program with one line and exit code 1 where Snakemake would show where the error came
    from.
    """
    try:
        yield
    except (UserError, OSError) as error:
        print(f"error: {line_of(error)}", file=sys.stderr, flush=True)
        os._exit(1)
