"""Warns of files that only people can give, such as saliency maps, and that are not there. A step
fails without them, perhaps after hours of other steps or of a download.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from wsss.plan.missing_inputs import absent_of, missing_of
from wsss.plan.plan import Plan
from wsss.plan.targets import EXPERIMENT, names_of
from wsss.run.errors import UserError


def files_note(plan: Plan, targets: Iterable[str]) -> str:
    """One line on the files that the recipes of the targets lack; "" if they lack none. Rows of
    experiments are left out then, which left_out.py tells.
    """
    names = [name for target in map(str, targets) for name in names_of(plan, target)]
    recipes = [name for name in names if not name.startswith(EXPERIMENT)]
    lacking = dict.fromkeys(line for recipe in recipes for line in _lacks(plan, recipe))
    return f"files: {'; '.join(lacking)}" if lacking else ""


def _lacks(plan: Plan, recipe: str) -> Iterator[str]:
    """What the steps of a recipe lack that were not run, in words."""
    try:
        chain = plan.chain(recipe)
    except UserError:  # which is reported elsewhere
        return
    for step in chain:
        if not Path("work", step.folder).exists():
            yield from missing_of(step, plan.dataset)
            yield from absent_of(step, plan.dataset)
