"""Tells which rows of experiments are left out because people have not given what they need."""

from collections.abc import Iterable

from wsss.plan.plan import Plan
from wsss.plan.targets import EXPERIMENT, names_of
from wsss.run.errors import UserError


def left_out_note(plan: Plan, targets: Iterable[str]) -> str:
    """One line on the rows of the targets' experiments that lack something; "" if none does."""
    found: dict[str, list[str]] = {}
    for target in map(str, targets):
        for name in names_of(plan, target):
            kind, _, experiment = name.rpartition(" ")
            if kind == EXPERIMENT:
                _add_rows(plan, experiment, found)
    lines = [f"{', '.join(rows)} ({what})" for what, rows in found.items()]
    return f"rows left out: {'; '.join(lines)}" if lines else ""


def _add_rows(plan: Plan, experiment: str, found: dict[str, list[str]]) -> None:
    """Add the rows that lack something to `found`: what to give -> rows."""
    try:
        left_out = plan.left_out(experiment)
        rows = plan.experiment(experiment).rows
    except UserError:  # which is reported elsewhere
        return
    for row, what in left_out.items():
        if row < (plan.config.claims_rows or len(rows)):
            found.setdefault(what, []).append(f"'{rows[row].name}'")
