"""For whom a job runs: the rows of experiments, or the recipes, that have its step. The digest in
the name of a step's folder tells nobody which of several trainings is running.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from textwrap import shorten

from wsss.plan.chains import Chain
from wsss.plan.plan import Plan
from wsss.plan.targets import EXPERIMENT, names_of

MOST, LONGEST = 2, 40
"""users that are named, the others are counted; characters of a row's name"""


def name_users(plan: Plan, targets: Iterable[str]) -> dict[str, str]:
    """METHOD-digest of a step -> its users in words, such as "mine, seed 2"; {} where the targets
    are of one chain alone.
    """
    users: dict[str, dict[str, None]] = {}
    chains = [named for target in targets for named in _chains_of(plan, str(target))]
    for name, chain in chains:
        for step in chain:
            users.setdefault(PurePosixPath(step.folder).name, {})[name] = None
    everybody = len({name for name, _ in chains})
    if everybody < 2:
        return {}
    return {step: _in_words(list(names), everybody) for step, names in users.items()}


def _chains_of(plan: Plan, target: str) -> Iterator[tuple[str, Chain]]:
    """The chains that a target needs, each with the name of its recipe or row."""
    for name in names_of(plan, target):
        kind, _, experiment = name.rpartition(" ")
        if kind == EXPERIMENT:
            yield from _rows_of(plan, experiment)
        else:
            yield name, plan.chain(name)


def _rows_of(plan: Plan, experiment: str) -> Iterator[tuple[str, Chain]]:
    """The chains of an experiment: one for each row and seed."""
    rows = plan.experiment(experiment).rows
    for row, chains in zip(rows, plan.rows_to_run(experiment)):
        name = shorten(row.name, LONGEST, placeholder=" ...")
        for seed, chain in enumerate(chains, start=plan.config.seed):
            yield name if len(chains) == 1 else f"{name}, seed {seed}", chain


def _in_words(names: list[str], everybody: int) -> str:
    """The names in a few words."""
    if len(names) == everybody:
        return f"all {everybody}"
    more = f"; and {len(names) - MOST} more" if len(names) > MOST else ""
    return "; ".join(names[:MOST]) + more
