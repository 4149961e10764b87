"""The input functions and params functions of the Snakemake rules. Both are made from a function
that gives the job (jobs.py) of a rule's wildcards.

Snakemake shows a traceback for an error in such a function. Here an error ends the program with one
line instead.
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
"""a flag of Snakemake's for paths: `ancient` or `local`"""


class Judge(Protocol):
    """Says which artifacts are stale. Staleness does in the main process."""

    def marks(self, job: Job) -> list[str]:
        """For a job whose artifact is stale, one file that is newer (marks.py); else []."""

    def is_fresh(self, job: Job) -> bool:
        """Whether all outputs of a job exist and none is stale."""


class NothingStale:
    """The judge in processes that run single jobs; the main process has judged already."""

    def marks(self, job: Job) -> list[str]:
        """[]: no artifact is stale."""
        return []

    def is_fresh(self, job: Job) -> bool:
        """False: no input becomes `ancient`."""
        return False


def input_function(
    job_of: JobOf, ancient: Flag, local: Flag, stale: Judge
) -> Callable[[Any], dict[str, Any]]:
    """A Snakemake input function of the job's inputs by argument.

    If the job's artifact is stale, there is one more input `stale`: a mark (marks.py), which is
    newer than the artifact, so that Snakemake reruns the job. Marks are `local`, not in storage.

    If the artifact is fresh, its inputs are `ancient`, so their times are no rerun trigger. In all
    other cases they are not: Snakemake reruns a job after one of its inputs was made again only if
    that input is not `ancient`.
    """

    def inputs(wildcards: Any) -> dict[str, Any]:
        """Argument -> paths of the job of these wildcards."""
        job = job_of(wildcards)
        known, marks = _known(job), stale.marks(job)
        if marks:
            return {**known, "stale": local(marks)}
        if not stale.is_fresh(job):
            return known
        return {name: ancient(_needed(job, paths)) for name, paths in known.items()}

    return inputs


def _known(job: Job) -> dict[str, Any]:
    """The paths that Snakemake is told. It reads braces as wildcards, and they cannot be escaped.
    Only files of the user's can have them, which no job makes, so Snakemake need not know these.
    """
    return {name: paths for name, paths in job.paths.items() if "{" not in str(paths)}


def _needed(job: Job, paths: Any) -> Any:
    """The paths of one input of a fresh job. Of the shards that a model was trained on, only those
    that exist: Snakemake would make the others, then train again. They are missing if the number of
    shards has changed.
    """
    are_shards = job.entry is not None and job.shard is None and isinstance(paths, list)
    return [path for path in paths if Path(path).exists()] if are_shards else paths


def argument_function(job_of: JobOf) -> Callable[..., str]:
    """A Snakemake params function of the job's command line, without the script's name."""

    def arguments(wildcards: Any, input: Any, output: Any) -> str:
        job = job_of(wildcards)
        return job.arguments({**job.paths, **dict(input.items())}, dict(output.items()))

    return one_line_for_errors()(arguments)


def input_functions(
    ancient: Flag, local: Flag, stale: Staleness, main: bool, note: Callable[[], None]
) -> Callable[[JobOf], Any]:
    """A function that makes a rule's input function from its `job_of`. The input function calls
    `note` first, which prints notes on the plan (notes.py).

    Only the main process, which a person started (`main`), judges what is stale. The processes that
    it starts for single jobs do not.
    """
    judge: Judge = stale if main else NothingStale()

    def function_of(job_of: JobOf) -> Any:
        """The input function of a rule."""
        inputs = input_function(job_of, ancient, local, judge)

        def inputs_after_note(wildcards: Any) -> dict[str, Any]:
            note()
            return inputs(wildcards)

        return one_line_for_errors()(inputs_after_note)

    return function_of


@contextmanager
def one_line_for_errors() -> Iterator[None]:
    """Within the block, a UserError or OSError ends the program with one line and exit code 1."""
    try:
        yield
    except (UserError, OSError) as error:
        print(f"error: {line_of(error)}", file=sys.stderr, flush=True)
        os._exit(1)  # Snakemake would catch sys.exit and print a traceback
