"""Recipes with priors: what their steps read, on which split, and what is refused."""

import pytest

from tests.conftest import DEFAULT, PROJECT
from wsss.plan.kinds import KINDS
from wsss.plan.plan import Plan
from wsss.plan.recipes import read_recipe
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.run.errors import UserError

RECIPE = """
about: predictions that know the tags and the labels' shares
chain:
  classifier: cam
  labels: argmax
  segmenter: deeplab
  priors: shares
  predict: {method: predict, inputs: {tagger: classifier, priors: priors}}
settings:
  predict: {tag_prior: product}
"""


def read_chain(folder, text, split="train"):
    (folder / "shown.yaml").write_text(text)
    return resolve(read_recipe(folder / "shown.yaml"), StepSettings(DEFAULT, {}), "mini-000", split)


@pytest.fixture
def plan(tmp_path):
    """The plan of the synthetic dataset with only this recipe."""
    for name in ("recipes", "experiments"):
        (tmp_path / name).mkdir()
    (tmp_path / "recipes" / "shown.yaml").write_text(RECIPE)
    given = {"dataset": "mini", "shards": 2, "recipe": "shown", "compare": ["shown"]}
    return Plan({**DEFAULT, **given}, root=tmp_path)


def test_one_job_reads_all_labels_of_the_split_that_trains(plan):
    step = plan.chain("shown").step("priors")
    job = plan.steps.job(step)
    assert job.outputs == {"out": f"work/{step.folder}/priors.json"}
    assert job.options == {"split": "train"} and job.shard is None
    read = {name: [one.path for one in given] for name, given in job.inputs.items()}
    segmenter, labels = (plan.chain("shown").step(name).folder for name in ("segmenter", "labels"))
    assert read == {
        "model": [f"work/{segmenter}/model.safetensors"],
        "labels": [f"work/{labels}/labels/train/{k}-of-2" for k in range(2)],
    }


def test_every_shard_of_predictions_reads_the_tagger_and_the_priors(plan):
    chain = plan.chain("shown")
    folders = {step.name: step.folder for step in chain}
    job = plan.steps.job(chain.step("predict"), "val", "1-of-2")
    assert [one.path for one in job.inputs["tagger"]] == [
        f"work/{folders['classifier']}/model.safetensors"
    ]
    assert [one.path for one in job.inputs["priors"]] == [f"work/{folders['priors']}/priors.json"]
    masks = plan.steps.job(chain.step("predict"), "all", "1-of-2", within_tags=True)
    assert masks.inputs.keys() == job.inputs.keys()


def test_chains_that_choose_settings_have_priors_of_fit(tmp_path):
    train, fit = (read_chain(tmp_path, RECIPE, split).step("priors") for split in ("train", "fit"))
    assert train.folder != fit.folder and fit.split == "fit"


def test_priors_and_taggers_are_read_only_if_they_are_named(tmp_path):
    text = RECIPE.replace(", inputs: {tagger: classifier, priors: priors}", "")
    chain = read_chain(tmp_path, text.replace("product", "none"))
    assert list(chain.step("predict").inputs) == ["model"]
    assert "priors" in chain.names and not KINDS["priors"].sharded and not KINDS["priors"].trains


def test_priors_stand_before_predictions_in_a_recipe_like_another(tmp_path):
    (tmp_path / "cam.yaml").write_text((PROJECT / "recipes/cam.yaml").read_text())
    text = (
        "about: a\nlike: cam\nchain: {priors: shares, predict: {method: predict, inputs: {%s}}}\n"
    )
    chain = read_chain(tmp_path, text % "priors: priors")
    assert chain.names[-3:] == ["segmenter", "priors", "predict"]
    assert chain.supervision == ["tags"]


@pytest.mark.parametrize("name", ["classifier", "first"])
def test_a_tag_prior_without_a_tagger_is_refused_with_the_line_to_write(tmp_path, name):
    text = RECIPE.replace("tagger: classifier, ", "")
    text = text.replace("  classifier: cam", f"  {name}: {{kind: classifier, method: cam}}")
    line = f"predict: {{method: predict, inputs: {{tagger: {name}}}}}"
    with pytest.raises(UserError) as error:
        read_chain(tmp_path, text)
    assert line in str(error.value) and "'predict.predict.tag_prior' is 'product'" in str(
        error.value
    )
    assert "\n" not in str(error.value)
    written = text.replace("inputs: {priors", f"inputs: {{tagger: {name}, priors")
    assert read_chain(tmp_path, written).step("predict").inputs["tagger"].step.name == name


def test_priors_of_another_network_are_refused(tmp_path):
    text = RECIPE.replace(
        "  predict: {method: predict, inputs: {",
        "  second: {kind: segmenter, method: deeplab, inputs: {start: segmenter}}\n"
        "  predict: {method: predict, inputs: {model: MODEL, ",
    )
    with pytest.raises(UserError, match="'priors' are the priors of 'segmenter'; write 'priors: "):
        read_chain(tmp_path, text.replace("MODEL", "second"))
    chain = read_chain(tmp_path, text.replace("MODEL", "segmenter"))
    assert chain.step("predict").inputs["priors"].step.name == "priors"
