"""The params functions of the rules in rules/upkeep.smk: which folders of work/ to check or delete,
and the text of `show_recipe`.
"""

import itertools
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from wsss.plan.chains import Chain, Step
from wsss.plan.functions import one_line_for_errors
from wsss.plan.jobs import Job
from wsss.plan.kinds import KINDS
from wsss.plan.plan import Plan
from wsss.plan.staleness import Staleness
from wsss.run.errors import printable
from wsss.run.shard_words import fold_shards


class Upkeep:
    """What the rules of rules/upkeep.smk run: command lines of stages/verify.py and
    stages/clean.py, and the text of `show_recipe`.

    `for_recipe` makes a params function of one of its methods, which all take the recipe's name.
    It calls `note` first, which warns of settings that no step reads (notes.py). Where `is_dry`,
    those that delete print what they would delete.
    """

    def __init__(
        self,
        plan: Plan,
        staleness: Staleness,
        note: Callable[[], None],
        is_dry: Callable[[], bool] = lambda: False,
    ) -> None:
        self._plan, self._staleness, self._note = plan, staleness, note
        self._is_dry, self._told = is_dry, False

    def for_recipe(self, what: Callable[[str], str]) -> Callable[[Any], str]:
        """A Snakemake params function: the value of `what` for the configured recipe."""

        def of_recipe(wildcards: Any) -> str:
            self._note()
            return what(self._plan.config.recipe)

        return one_line_for_errors()(of_recipe)

    def verify(self, recipe: str) -> str:
        """For `verify`: the folders of a recipe, and its stale artifacts with the reasons."""
        chain = self._plan.chain(recipe)
        words = ["--folders", f"dataset=work/{self._plan.dataset.base}"]
        words += [f"{step.name}=work/{step.folder}" for step in chain]
        words.append(f"results=results/{recipe}")  # which copies and reports read
        stale = []
        for job in self._jobs(chain):
            reasons = self._staleness.reasons(job)
            if reasons:
                stale.append(f"{job.output}={'; '.join(reasons)}")
        if stale:
            words += ["--stale", *fold_shards(stale)]
        return shlex.join(words)

    def _jobs(self, chain: Chain) -> list[Job]:
        """The jobs of all artifacts that a recipe makes of its training photos, and of its
        predictions on val.
        """
        jobs = [self._plan.dataset.index_job]
        for step in chain:
            for name in step.of.made:
                # None: the split that the chain is trained on
                split = "val" if name == "predictions" else None
                artifacts = self._plan.steps.artifacts(step, name, split)
                jobs += [artifact.job for artifact in artifacts if artifact.job]
        return jobs

    def clean(self, recipe: str) -> str:
        """For `clean`: the folders of steps that only this recipe has."""
        return self._delete([f"work/{folder}" for folder in own_folders(self._plan, recipe)])

    def clean_unused(self, recipe: str) -> str:
        """For `clean_unused`: the folders of steps that no recipe and no experiment has, and those
        of an earlier version, which are never read.
        """
        used = list_used_folders(self._plan)
        base = Path("work", self._plan.dataset.base)
        folders = []
        for kind in KINDS:
            for path in sorted((base / kind).glob("*-*")):
                if path.is_dir() and path.relative_to("work").as_posix() not in used:
                    folders.append(path)
        return self._delete(list(map(str, [*folders, *old_folders()])))

    def _delete(self, folders: Sequence[str]) -> str:
        """The arguments of stages/clean.py. A dry run prints the folders with their sizes, once."""
        if self._is_dry() and not self._told:
            self._told = True
            for line in describe_deletion(folders):
                print(line, file=sys.stderr)
        return shlex.join(["--folders", *folders])

    def describe(self, recipe: str) -> str:
        """For `show_recipe`: each step with its method, its inputs and its folder."""
        chain = self._plan.chain(recipe)
        known = chain.known_of(self._plan.dataset.lacking)
        lines = [
            f"{chain.recipe}: {printable(chain.about)}",
            f"known of the photos: {', '.join(known) or 'nothing'}",
            "",
        ]
        for step in chain:
            lines += [
                f"{step.name:<20} {step.kind}: {step.method}",
                *_reads(step),
                f"{'':<20} work/{step.folder}",
            ]
        return "\n".join(lines) + "\n"


def describe_deletion(folders: Iterable[str]) -> list[str]:
    """A line for each folder that is there, with its size, and their sum."""
    sizes = {folder: size_of(Path(folder)) for folder in folders if Path(folder).is_dir()}
    lines = [f"would delete {folder} ({size / 1e6:.1f} MB)" for folder, size in sizes.items()]
    return [*lines, f"would free {sum(sizes.values()) / 1e6:.1f} MB"]


def size_of(folder: Path) -> int:
    """The size of all files in a folder, in bytes."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _reads(step: Step) -> list[str]:
    """A line for each input of a step."""
    lines = []
    for name, source in step.inputs.items():
        lines.append(f"{'':<20} reads {name} ({source.type}) of {source.step.name}")
    return lines


def old_folders(work: Path = Path("work")) -> list[Path]:
    """The folders of an earlier version, called DATASET- and 8 hex digits."""
    found = []
    for path in sorted(work.glob("*-*")) if work.is_dir() else []:
        digits = path.name.rpartition("-")[2]
        if path.is_dir() and len(digits) == 8 and set(digits) <= set("0123456789abcdef"):
            found.append(path)
    return found


def list_used_folders(plan: Plan, but: str = "") -> set[str]:
    """The folders of the steps of all recipes and experiments, without those of the recipe `but`,
    also as a row of an experiment.

    An error in a recipe is raised: to skip the recipe would be to delete its artifacts as unused.
    """
    chains = [plan.chain(recipe) for recipe in plan.recipes if recipe != but]
    for experiment in plan.experiments:
        chains += itertools.chain.from_iterable(plan.rows(experiment))
    folders = [{step.folder for step in chain} for chain in chains]
    whole = {step.folder for step in plan.chain(but)} if but else set()
    return set().union(*(found for found in folders if found != whole))


def own_folders(plan: Plan, recipe: str) -> list[str]:
    """The folders of a recipe's steps that no other recipe has, and no row of an experiment but the
    recipe itself.
    """
    shared = list_used_folders(plan, but=recipe)
    return [step.folder for step in plan.chain(recipe) if step.folder not in shared]
