"""Warns of files that only people can give, such as saliency maps, and that are not there. A step
fails without them, perhaps after hours of other steps or of a download.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from wsss.export.registry import FORMATS
from wsss.plan.chains import Step
from wsss.plan.missing_inputs import absent_of, absent_of_dataset, absent_of_exports, missing_of
from wsss.plan.plan import Plan
from wsss.plan.targets import recipes_to_run, runs_steps
from wsss.run.errors import UserError

HOW = "correct the path, which is relative to the current folder"
ENDINGS = tuple(f"_{name}" for name in FORMATS)
"""the ends of targets that are exports"""


def files_note(plan: Plan, targets: Iterable[str]) -> str:
    """One line on the files that the recipes of the targets lack; "" if they lack none. Rows of
    experiments are left out then, which left_out.py tells.
    """
    named = [target for target in map(str, targets) if runs_steps(plan, target)]
    steps = list(_steps_to_run(plan, named))
    lines = [line for step in steps for line in missing_of(step, plan.dataset)]
    absent = list(_absent(plan, named, steps))
    lines += [*absent, *([HOW] if absent else [])]
    return f"files: {'; '.join(dict.fromkeys(lines))}" if lines else ""


def _steps_to_run(plan: Plan, targets: Sequence[str]) -> Iterator[Step]:
    """The steps of the targets' recipes that were not run."""
    for target in targets:
        try:
            chains = recipes_to_run(plan, target)
        except UserError:  # which is reported elsewhere
            continue
        for step in (step for chain in chains for step in chain):
            if not Path("work", step.folder).exists():
                yield step


def _absent(plan: Plan, targets: Sequence[str], steps: Sequence[Step]) -> Iterator[str]:
    """The paths that are given and not there, in words."""
    if targets:
        yield from absent_of_dataset(plan.dataset)
    for step in steps:
        yield from absent_of(step)
    if any(target.endswith(ENDINGS) for target in targets):
        yield from absent_of_exports(plan.dataset)
