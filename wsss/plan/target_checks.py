"""Refuses a target that no rule makes, and names the way out. Snakemake itself says only that no
rule was found.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from snakemake.cli import get_argument_parser

from wsss.export.registry import FORMATS
from wsss.plan.datasets.settings_file import find_settings
from wsss.plan.functions import one_line_for_errors
from wsss.plan.kinds import KINDS
from wsss.plan.photo_lists import SPLITS
from wsss.plan.plan import Plan
from wsss.run.errors import UserError, hint, nearest_of

WILDCARD = re.compile(r"\{(\w+)[^{}]*\}")
"""a wildcard in a pattern of an output, with or without its constraint"""
SETTING = re.compile(r"[a-z_]+=")
"""the beginning of a setting, as typed"""


def check_typed_targets(plan: Plan, rules: Iterable[Any], command: Sequence[str]) -> None:
    """Refuse a target of the typed command that no rule makes; the program ends with one line.

    `rules` are Snakemake's, `command` is sys.argv: Snakemake does not have the targets yet while it
    reads the Snakefile. Nothing is checked where another program started Snakemake, and with a
    storage as default, because Snakemake then renames targets.
    """
    if Path(command[0]).stem not in ("snakemake", "__main__"):
        return
    typed, _ = get_argument_parser().parse_known_args(list(command[1:]))
    if not typed.default_storage_provider:
        with one_line_for_errors():
            check_targets(plan, list(rules), typed.targets or ())


def check_targets(plan: Plan, rules: Sequence[Any], targets: Iterable[str]) -> None:
    """Refuse the first target that is no rule and no file that a rule makes."""
    for target in map(str, targets):
        if not _is_made(rules, target):
            raise UserError(f"no rule makes the target '{target}'{_way_out(plan, rules, target)}")


def _is_made(rules: Sequence[Any], target: str) -> bool:
    """Whether a target is the name of a rule, or a file that one makes."""
    path = target.removeprefix("./")
    return any(rule.name == target or rule.is_producer(path) for rule in rules)


def _way_out(plan: Plan, rules: Sequence[Any], target: str) -> str:
    """The end of the message: what the target is, or else the nearest target."""
    known = _as_setting(target) or _of_other_dataset(plan, rules, target)
    known = known or _as_recipe(plan, rules, target)
    if known is not None:
        return f": {known}"
    if _is_made(rules, f"results/{plan.config.recipe}/{target}"):
        return hint(f"results/{plan.config.recipe}/{target}")
    found = nearest_of(target, _known_targets(plan, rules))
    chosen = _of_configured_recipe(plan, rules, target, found)
    return f"{hint(chosen)}; docs/usage.md shows the targets"


def _as_setting(target: str) -> str | None:
    """What a setting or a file of settings in place of a target is."""
    if SETTING.match(target):
        return f"it is a setting; type --config '{target}' before the -- of the targets"
    if target.endswith((".yaml", ".yml")) and Path(target).is_file():
        return f"it is a file of settings; type --configfile {target} before the -- of the targets"
    return None


def _of_other_dataset(plan: Plan, rules: Sequence[Any], target: str) -> str | None:
    """What a target of another dataset than the configured one is."""
    dataset, path = plan.dataset.name, PurePosixPath(target)
    other, _, rest = path.name.partition("_")
    if other in ("", dataset):
        return None
    if not _is_made(rules, str(path.with_name(f"{dataset}_{rest}"))):
        return None
    if other.lower() == dataset:
        return f"the dataset is called '{dataset}'"
    return (
        f"it belongs to the dataset '{other}', but the configured one is '{dataset}'; add "
        f"{_settings_of(other)}"
    )


def _as_recipe(plan: Plan, rules: Sequence[Any], target: str) -> str | None:
    """What the name or the folder of a recipe is, or a file of a recipe that does not exist."""
    head, _, rest = target.removeprefix("./").removeprefix("results/").strip("/").partition("/")
    name = f"{plan.dataset.name}_val_miou.txt"
    if head in plan.recipes and not rest:
        return f"it is a recipe; a target of it is results/{head}/{name}"
    of_own = _is_made(rules, f"results/{plan.config.recipe}/{rest}")
    if not rest or not of_own or nearest_of(head, plan.recipes) is not None:
        return None
    return f"there is no recipe '{head}'; the files in recipes/ are the recipes"


def _settings_of(dataset: str) -> str:
    """The option that chooses a dataset: a file of settings here, where one does."""
    path = find_settings(dataset)
    if path is not None:
        return f"--configfile {path}"
    return f"--config dataset={dataset}, or the --configfile of your photos"


def _of_configured_recipe(
    plan: Plan, rules: Sequence[Any], target: str, found: str | None
) -> str | None:
    """The found target, of the configured recipe where the typed one names no recipe: all recipes
    are equally near then.
    """
    if found is None or len(PurePosixPath(target).parts) != 2:
        return found
    own = f"results/{plan.config.recipe}/{PurePosixPath(found).name}"
    return own if len(PurePosixPath(found).parts) == 3 and _is_made(rules, own) else found


def _known_targets(plan: Plan, rules: Iterable[Any]) -> Iterator[str]:
    """Rules that can be typed, and all files in results/ that rules make."""
    for rule in rules:
        patterns = list(map(str, rule.output))
        if not any(map(WILDCARD.search, patterns)):
            yield rule.name
        for pattern in patterns:
            if pattern.startswith("results/"):
                yield from _expand(pattern, plan)


def _expand(pattern: str, plan: Plan) -> Iterator[str]:
    """The files of a pattern. Wildcards without known values are kept."""
    values: dict[str, Iterable[str]] = {
        "dataset": [plan.dataset.name],
        "recipe": plan.recipes,
        "of": ["compare", *plan.recipes],
        "split": [*SPLITS, *plan.config.lists],
        "name": KINDS,  # the usual names of steps
        "what": ["labels", "masks"],
        "format": FORMATS,
    }
    names = list(dict.fromkeys(WILDCARD.findall(pattern)))
    for row in itertools.product(*(values.get(name, [f"{{{name}}}"]) for name in names)):
        chosen = dict(zip(names, row, strict=True))
        yield WILDCARD.sub(lambda found: chosen[found[1]], pattern)  # noqa: B023
