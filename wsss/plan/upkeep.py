"""Upkeep of work/: which folders to check or to delete. It also shows resolved recipes."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wsss.plan.chains import Chain, Step
from wsss.plan.functions import one_line_for_errors
from wsss.plan.jobs import Job
from wsss.plan.kinds import KINDS
from wsss.plan.plan import Plan
from wsss.plan.staleness import Staleness
from wsss.run.shard_words import fold_shards


class Upkeep:
    """The arguments of the scripts that verify and clean; `note` is called before any is made."""

    def __init__(self, plan: Plan, staleness: Staleness, note: Callable[[], None]) -> None:
        self._plan, self._staleness, self._note = plan, staleness, note

    def for_recipe(self, what: Callable[[str], str]) -> Callable[[Any], str]:
        """A Snakemake params function that calls `what` with the configured recipe."""

        def of_recipe(wildcards: Any) -> str:
            self._note()
            return what(self._plan.config.recipe)

        return one_line_for_errors()(of_recipe)

    def verify(self, recipe: str) -> str:
        """The folders of a recipe, and what in them is not as it would be made now."""
        chain = self._plan.chain(recipe)
        folders = [
            f"dataset=work/{self._plan.dataset.base}",
            *(f"{step.name}=work/{step.folder}" for step in chain),
        ]
        stale = [
            f"{job.output}={'; '.join(reasons)}"
            for job in self._jobs(chain)
            if (reasons := self._staleness.reasons(job))
        ]
        return shlex.join(
            ["--folders", *folders, *(["--stale", *fold_shards(stale)] if stale else [])]
        )

    def _jobs(self, chain: Chain) -> list[Job]:
        """The jobs of all that a recipe makes of its training photos, and of its predictions on
        val.
        """
        jobs = [self._plan.dataset.index_job]
        for step in chain:
            for name in step.of.made:
                split = "val" if name == "predictions" else None
                jobs += [
                    one.job for one in self._plan.steps.artifacts(step, name, split) if one.job
                ]
        return jobs

    def clean(self, recipe: str) -> str:
        """The folders that only one recipe uses."""
        return shlex.join(
            ["--folders", *(f"work/{folder}" for folder in self._plan.own_folders(recipe))]
        )

    def clean_unused(self, recipe: str) -> str:
        """The folders of steps that nothing reaches, and those of the layout before, which are
        never read.
        """
        reached = self._plan.reached()
        base = Path("work", self._plan.dataset.base)
        folders = [
            path
            for kind in KINDS
            for path in sorted((base / kind).glob("*-*"))
            if path.is_dir() and path.relative_to("work").as_posix() not in reached
        ]
        return shlex.join(["--folders", *map(str, [*folders, *old_folders()])])

    def describe(self, recipe: str) -> str:
        """A recipe step by step: what runs, what it reads, where its artifacts lie."""
        chain = self._plan.chain(recipe)
        lines = [
            f"{chain.recipe}: {chain.about}",
            f"known of the photos: {', '.join(chain.supervision) or 'nothing'}",
            "",
        ]
        for step in chain:
            lines += [
                f"{step.name:<20} {step.kind}: {step.method}",
                *_reads(step),
                f"{'':<20} work/{step.folder}",
            ]
        return "\n".join(lines) + "\n"


def _reads(step: Step) -> list[str]:
    return [
        f"{'':<20} reads {name} ({source.type}) of {source.step.name}"
        for name, source in step.inputs.items()
    ]


def old_folders(work: Path = Path("work")) -> list[Path]:
    """Folders of steps in each other, as an earlier version laid them out: `DATASET-8digits/`."""
    found = []
    for path in sorted(work.glob("*-*")) if work.is_dir() else []:
        digits = path.name.rpartition("-")[2]
        if path.is_dir() and len(digits) == 8 and all(one in "0123456789abcdef" for one in digits):
            found.append(path)
    return found
