"""What a run says in the end: where the things are that were asked for, and what to do next."""

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from wsss.plan.plan import Plan
from wsss.run.counted import counted
from wsss.run.errors import printable
from wsss.run.files import require_file


def name_files(targets: Iterable[str], rules: Iterable[Any]) -> Iterator[str]:
    """The targets, with the outputs of a rule in the place of its name, or the inputs of one that
    only asks for files. `rules` are Snakemake's.
    """
    outputs = {rule.name: list(map(str, rule.output or rule.input)) for rule in rules}
    for target in map(str, targets):
        yield from outputs.get(target) or [target]


def describe_outcome(plan: Plan, targets: Iterable[str], command: str) -> list[str]:
    """The lines on these files. `command` is the typed command without its targets."""
    asked = list(targets)
    if asked in ([], ["all"]):
        asked = [f"results/{plan.dataset.name}_val_miou.txt"]
    made = [target for target in asked if Path(target).exists()]
    lines = [line for target in made for line in _describe(plan, target)]
    more = _next(plan, made, command)
    return [*lines, *(["what to do next:"] if more else []), *more]


def _describe(plan: Plan, target: str) -> list[str]:
    """Lines on one target that was made."""
    shown = printable(target)
    if target.endswith(f"/{plan.dataset.name}_masks"):
        count = sum(1 for _ in Path(target).rglob("*.png"))
        of = counted(count, "photo")
        return [f"masks of {of}: {shown}/ (PNGs; classes.txt says what the values mean)"]
    if target.endswith("report/index.html") or target.endswith("report.html"):
        return [f"report, to open in a browser: {shown}"]
    if target.endswith("_miou.txt"):
        return [f"result: {shown}", f"  {printable(_first_line(target))}"]
    if target.endswith("_check.csv"):
        return [f"photos, those to look at first: {shown}"]
    return [f"made: {shown}"]


def _first_line(path: str) -> str:
    with require_file(path).open(encoding="utf-8") as file:
        return file.readline().strip()


def _next(plan: Plan, made: list[str], command: str) -> list[str]:
    """What follows masks and results: the report of their recipe, better masks, new photos."""
    masks = [target for target in made if target.endswith("_masks")]
    recipes = [_recipe_of(plan, target) for target in made if target.endswith(("_masks", ".txt"))]
    lines = []
    for recipe in dict.fromkeys(recipes):
        report = f"results/{recipe}/report/index.html"
        if report not in made:
            lines.append(f"  look at each photo at each step:  {command} -- {report}")
    if masks:
        lines.append("  correct masks and train on them:  docs/usage.md#correct-masks")
        lines.append(f"  segment new photos:  {_predict(plan, masks[0], command)}")
    return lines


def _recipe_of(plan: Plan, target: str) -> str:
    """The recipe of a target: results/RECIPE/FILE, or results/FILE for the configured one."""
    parts = target.split("/")
    return parts[1] if len(parts) > 2 else plan.config.recipe


def _predict(plan: Plan, target: str, command: str) -> str:
    """The command that predicts new photos with the settings of this run."""
    words, recipe = shlex.split(command), _recipe_of(plan, target)
    given = shlex.join([*_option("--configfile", words), *_option("--config", words)])
    start = f"python stages/predict_photos.py {recipe} NEW_PHOTOS --out NEW_MASKS"
    return f"{start} {given}".rstrip()


def _option(name: str, words: list[str]) -> list[str]:
    """An option of a command with its values; [] where the command does not have it."""
    if name not in words:
        return []
    return [name, *_until_option(words[words.index(name) + 1 :])]


def _until_option(words: list[str]) -> list[str]:
    """The words before the next option."""
    found = []
    for word in words:
        if word.startswith("-"):
            break
        found.append(word)
    return found
