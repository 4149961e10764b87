"""From Snakemake's targets to the recipes and experiments that make them."""

import itertools
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from wsss.plan.chains import Chain
from wsss.plan.plan import Plan

OF_RECIPE = ("all", "result", "verify", "clean", "show_recipe")
"""the rules, as targets, of the configured recipe"""
UPKEEP = ("verify", "clean", "clean_unused")
"""the rules, as targets, that run no step"""
RESULTS = "results_table"
"""the rule, as a target, of the table of the experiment `results`"""
EXPERIMENT = "experiment"
"""starts the names of experiments, so that they differ from names of recipes"""


def chains_of(plan: Plan, targets: Iterable[str]) -> tuple[str, list[Chain]]:
    """The recipes and experiments of targets in words, and their chains.

    A target such as a file in work/ may be of any recipe; then the chains are those of all recipes
    and experiments.
    """
    found: dict[str, None] = {}
    for target in sorted(map(str, targets)) or ["all"]:
        of = names_of(plan, target)
        if not of:
            return "any recipe", list(plan.all_chains())
        found |= dict.fromkeys(of)
    chains = [chain for name in found for chain in _chains(plan, name)]
    return _in_words(list(found)), chains


def names_of(plan: Plan, target: str) -> list[str]:
    """The names of a target's recipes, or "experiment NAME"; [] where the target does not say."""
    target = "claims_results" if target == RESULTS else target
    first, _, rest = target.removeprefix("results/").partition("/")
    experiment = re.fullmatch(r"claims_(\w+)", target) or re.fullmatch(
        rf"results/claims/{plan.dataset.name}_(\w+)\.(?:md|json)", target
    )
    if experiment:
        return [f"{EXPERIMENT} {experiment[1]}"] if experiment[1] in plan.experiments else []
    if first == "compare":
        return list(plan.config.compare)
    if target in OF_RECIPE or (target.startswith("results/") and not rest):
        return [plan.config.recipe]
    return [first] if target.startswith("results/") and first in plan.recipes else []


def runs_steps(plan: Plan, target: str) -> bool:
    """Whether a target is of recipes or experiments, and may run their steps."""
    return target not in UPKEEP and bool(names_of(plan, target))


def recipes_to_run(plan: Plan, target: str) -> list[Chain]:
    """The chains of a target's recipes, up to the step whose result it is; experiments have none
    here.
    """
    names = [name for name in names_of(plan, target) if not name.startswith(EXPERIMENT)]
    return [_until(plan, plan.chain(name), target) for name in names]


def _until(plan: Plan, chain: Chain, target: str) -> Chain:
    """The part of a chain that a target such as results/RECIPE/DATASET_STEP.txt needs; all of it
    for other targets.
    """
    name = PurePosixPath(target).stem.removeprefix(f"{plan.dataset.name}_").removesuffix("_chain")
    last = chain.last("labels") if name == "labels" else None
    name = last.name if last else name
    return chain.until(name) if name in chain.names else chain


def _chains(plan: Plan, name: str) -> list[Chain]:
    """The chains of a name that `names_of` gives."""
    kind, _, experiment = name.rpartition(" ")
    if kind != EXPERIMENT:
        return [plan.chain(name)]
    return list(itertools.chain.from_iterable(plan.rows_to_run(experiment)))


def _in_words(names: list[str]) -> str:
    """Such as "recipes cam, psa or experiment walk"."""
    experiments = [name for name in names if name.startswith(f"{EXPERIMENT} ")]
    recipes = [name for name in names if name not in experiments]
    noun = "recipes" if len(recipes) > 1 else "recipe"
    of_recipes = [f"{noun} {', '.join(recipes)}"] if recipes else []
    return " or ".join([*of_recipes, *experiments])
