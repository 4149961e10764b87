"""What a recipe predicts photos with, for scripts that people start by hand: the files of its
networks, the method and the settings, under a configuration that is given as to Snakemake.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsss.plan.chains import Source, Step
from wsss.plan.config import ROOT
from wsss.plan.given import read_given
from wsss.plan.photo_checks import CheckJobs
from wsss.plan.plan import Plan
from wsss.plan.results import ResultJobs
from wsss.plan.scores import VAL, ScoreJobs
from wsss.plan.staleness import Staleness
from wsss.report.cost import corrections_of
from wsss.run.errors import UserError, nearest
from wsss.run.methods import Method
from wsss.run.settings import merge
from wsss.run.yaml_files import parse_yaml, read_yaml

Json = dict[str, Any]


@dataclass(frozen=True)
class Ingredients:
    """What a recipe's last prediction is made with."""

    method: str
    """a name in the registry PREDICTORS"""
    settings: Json
    model: Path
    tagger: Path | None = None
    """the classifier that says which classes are likely, if the recipe has one"""
    priors: Path | None = None
    """the factors on the labels, if the recipe finds some"""
    superpixels: tuple[Method, Json] | None = None
    """method and settings of the superpixels that the prediction reads, if any"""
    result: Path | None = None
    """the recipe's result on val (JSON); None where it is not there, or is not of this network"""
    data: Json | None = None
    """recipe, dataset and supervision, as the recipe's result has them"""


def read_plan(files: Sequence[Path], words: Sequence[str]) -> Plan:
    """The plan of the configuration of `--configfile` files and of `--config` words KEY=VALUE;
    UserError for one that is wrong.
    """
    typed = dict(map(_read_word, words))
    values = read_yaml(ROOT / "config.yaml", "configuration")
    for file in files:
        if not file.is_file():
            raise UserError(f"there is no configuration {file}; correct the path")
        values = merge(values, read_yaml(file, "configuration"))
    given = read_given(merge(values, typed), typed, files)
    return Plan(given.values, given.typed, stated=given.stated)


def _read_word(word: str) -> tuple[str, Any]:
    """KEY and VALUE of a word KEY=VALUE, whose value is YAML."""
    key, equals, text = word.partition("=")
    if not equals:
        raise UserError(f"--config has '{word}'; KEY=VALUE is expected, such as data_root=VOC2012")
    try:
        return key, parse_yaml(text)
    except ValueError:
        raise UserError(f"--config has '{word}', whose value is no YAML; quote it")


def find_ingredients(plan: Plan, recipe: str, command: str) -> Ingredients:
    """What the recipe predicts with. `command` is the Snakemake command that trains it, for the
    UserError where that was not done yet.
    """
    if recipe not in plan.recipes:
        raise UserError(
            f"'{recipe}' is neither a model nor a recipe{nearest(recipe, plan.recipes)}; name the "
            "folder of a trained network, or one of the recipes: " + ", ".join(plan.recipes)
        )
    step = plan.prediction(recipe)
    way_out = f"{command} -- {shlex.quote(predicted_target(plan, recipe))}"
    paths = {}
    for name in ("model", "tagger", "priors"):
        if name in step.inputs:
            paths[name] = _path_of(plan, step.inputs[name], recipe, way_out)
    data = {"recipe": recipe, "dataset": plan.dataset.name, "supervision": _known(plan, recipe)}
    return Ingredients(
        step.method,
        step.settings,
        superpixels=_superpixels(step),
        result=_find_result(plan, recipe),
        data=data,
        **paths,
    )


def _known(plan: Plan, recipe: str) -> list[str]:
    """What people had to know of the training photos, as the recipe's result has it."""
    chain = plan.chain(recipe)
    known = chain.known_of(plan.dataset.lacking)
    return [*known, *corrections_of({s.name: f"work/{s.folder}" for s in chain})]


def _find_result(plan: Plan, recipe: str) -> Path | None:
    """The recipe's result on val (JSON), if it is there and up to date: an earlier one, such as
    that of the network before the last corrections, is of another network.
    """
    job = ResultJobs(plan, ScoreJobs(plan), CheckJobs(plan)).result(recipe, VAL)
    return Path(job.outputs["json"]) if Staleness().is_fresh(job) else None


def predicted_target(plan: Plan, recipe: str) -> str:
    """The target that makes all that a recipe predicts with: the masks of a folder of photos, the
    score of another dataset.
    """
    what = "masks" if plan.dataset.own else "val_miou.txt"
    return f"results/{recipe}/{plan.dataset.name}_{what}"


def _path_of(plan: Plan, source: Source, recipe: str, way_out: str) -> Path:
    """The file that a step makes; UserError where it is not there yet."""
    path = Path(plan.steps.artifacts(source.step, source.type)[0].path)
    if not path.is_file():
        raise UserError(
            f"recipe {recipe} is not trained yet under these settings: {path} is missing; train "
            f"it: {way_out}"
        )
    return path


def _superpixels(step: Step) -> tuple[Method, Json] | None:
    """The method and the settings of the superpixels that a step reads."""
    source = step.inputs.get("superpixels")
    return None if source is None else (source.step.entry, source.step.settings)


def reasons_to_train(plan: Plan, recipe: str) -> list[str]:
    """Why what a recipe predicts with is out of date, in words; [] if it is not."""
    staleness, found = Staleness(), []
    inputs: Mapping[str, Source] = plan.prediction(recipe).inputs
    for name in ("model", "tagger", "priors"):
        if name in inputs:
            job = plan.steps.artifacts(inputs[name].step, inputs[name].type)[0].job
            found += staleness.causes(job) if job else []
    return list(dict.fromkeys(found))
