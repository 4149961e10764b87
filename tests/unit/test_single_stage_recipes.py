"""Recipes of a single stage: what they read, what is refused, and how many trainings each recipe
takes, which docs/recipes.md says.
"""

import re

import pytest

from tests.conftest import DEFAULT, PROJECT
from wsss.plan.pictures import PictureJobs
from wsss.plan.plan import Plan
from wsss.plan.recipes import read_recipe, recipe_files
from wsss.plan.resolving import resolve
from wsss.plan.scores import ScoreJobs
from wsss.plan.step_settings import StepSettings
from wsss.run.errors import UserError

PAGE = (PROJECT / "docs" / "recipes.md").read_text()
RECIPES = recipe_files(PROJECT / "recipes")


def read_chain(path):
    return resolve(read_recipe(path), StepSettings(DEFAULT, {}), "mini-000", "train")


def written(folder, text):
    """The chain of a recipe with this text, beside the project's recipes."""
    for name, path in RECIPES.items():
        (folder / f"{name}.yaml").write_text(path.read_text())
    (folder / "shown.yaml").write_text(text)
    return read_chain(folder / "shown.yaml")


@pytest.mark.parametrize("name", ["rrm", "aalr"])
def test_single_stage_reads_photos_and_tags_alone(name):
    chain = read_chain(RECIPES[name])
    assert chain.names == ["segmenter", "online_labels", "predict"]
    assert not chain.step("segmenter").inputs and chain.supervision == ["tags"]
    for reader in ("online_labels", "predict"):
        assert chain.step(reader).inputs["model"].step.name == "segmenter"


def test_online_labels_can_train_another_network(tmp_path):
    chain = written(
        tmp_path,
        "about: x\nchain:\n  segmenter: rrm\n  online_labels: rrm\n"
        "  second: {kind: segmenter, method: deeplab}\n",
    )
    assert chain.step("second").inputs["labels"].step.name == "online_labels"
    assert chain.last("predictions").inputs["model"].step.name == "second"


def test_online_labels_of_another_network_are_refused(tmp_path):
    with pytest.raises(UserError, match="online_labels"):
        written(
            tmp_path,
            "about: x\nchain: {labels: truth, segmenter: deeplab, online_labels: rrm}\n",
        )


@pytest.mark.parametrize("wrong", ["multi_point: 0.1", "soft: second", "regulariser: dfr"])
def test_settings_that_read_given_labels_are_refused(tmp_path, wrong):
    with pytest.raises(UserError):
        written(tmp_path, f"about: x\nlike: rrm\nsettings: {{segmenter: {{{wrong}}}}}\n")


def test_page_says_how_many_trainings_each_recipe_takes():
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE.split("## Trainings")[1], re.M))
    found = {}
    for name, path in RECIPES.items():
        chain = read_chain(path)
        trainings = {step.folder for step in chain if step.of.trains}
        if chain.last("predictions") is not None:
            found[name] = str(len(trainings))
    assert rows == found


def test_confidence_of_labels_that_are_made_online_can_weight_them(tmp_path):
    chain = written(tmp_path, "about: x\nlike: rrm\nsettings: {segmenter: {soft: confidence}}\n")
    assert chain.step("segmenter").settings["soft"] == "confidence"


def test_supervision_is_drawn_of_networks_on_seeds_and_of_single_stages():
    plan = Plan({**DEFAULT, "dataset": "mini"}, {})
    jobs = PictureJobs(plan, ScoreJobs(plan))
    for recipe, kind in (("rrm", "/segmenter/rrm-"), ("dsrg", "/grow/dsrg-")):
        (model,) = jobs.draw_supervision(recipe).inputs["model"]
        assert kind in model.path
    with pytest.raises(UserError, match="no step of the kind 'grow'"):
        jobs.draw_supervision("full")
