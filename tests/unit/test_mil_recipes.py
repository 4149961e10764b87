"""Recipes with photos of another dataset and with predictions from planes: what their steps read,
what their records will name, and what is refused.
"""

from pathlib import Path

import pytest

from tests.conftest import DEFAULT, PROJECT
from wsss.plan.kinds import KINDS
from wsss.plan.plan import Plan
from wsss.plan.recipes import read_recipe
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.run.errors import UserError

PLAN = Plan({**DEFAULT, "dataset": "mini", "shards": 2, "other_photos": {"root": "COCO"}})


def read_chain(folder, chain, split="train", settings="{}"):
    text = f"about: a\nchain: {{{chain}}}\nsettings: {settings}\n"
    (folder / "shown.yaml").write_text(text)
    return resolve(read_recipe(folder / "shown.yaml"), StepSettings(DEFAULT, {}), "mini-000", split)


OTHERS = "other_photos: coco, classifier: {method: %s, inputs: {photos: other_photos}}"


def test_recipe_mil_trains_on_other_photos_alone():
    chain = PLAN.chain("mil")
    assert chain.names == ["other_photos", "classifier", "predict"]
    assert chain.supervision == ["tags of other photos"]
    job = PLAN.steps.job(chain.step("classifier"))
    assert job.index is None and job.split is None and job.options == {"split": "train"}
    (photos,) = job.inputs["photos"]
    assert photos.path == f"work/{chain.step('other_photos').folder}/photos"
    assert photos.job.rule == "index_other_photos" and photos.job.options == {}
    assert photos.job.settings["root"] == "COCO" and photos.job.index is not None


def test_recipe_mil_voc_trains_on_the_datasets_own_photos():
    chain = PLAN.chain("mil_voc")
    assert chain.names == ["classifier", "predict"] and chain.supervision == ["tags"]
    job = PLAN.steps.job(chain.step("classifier"))
    assert job.index is not None and job.split == "train" and not job.inputs
    assert job.settings["loss"] == "sigmoid" and job.settings["pooling"] == "lse"


@pytest.mark.parametrize("method", KINDS["classifier"].methods)
def test_every_classifier_may_train_on_other_photos(tmp_path, method):
    given = "settings: {pair: grid}, method: cpn" if method == "cpn" else f"method: {method}"
    chain = read_chain(tmp_path, OTHERS.replace("method: %s", given))
    assert chain.step("classifier").inputs["photos"].step.name == "other_photos"
    assert chain.names == ["other_photos", "classifier", "cams"]
    alone = read_chain(tmp_path, f"other_photos: coco, classifier: {{{given}}}")
    assert not alone.step("classifier").inputs


def test_superpixels_of_other_photos_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"pair' is 'superpixels'.* trains on others; set pair: gr"):
        read_chain(tmp_path, f"superpixels: slic, {OTHERS % 'cpn'}")


def test_a_classifier_of_other_photos_is_the_same_for_every_split(tmp_path):
    """Choices of settings train on `fit`, which is a part of the dataset's own train."""
    folders = {
        read_chain(tmp_path, OTHERS % "mil", split).steps[1].folder for split in ("train", "fit")
    }
    own = {
        read_chain(tmp_path, "classifier: mil", split).steps[0].folder for split in ("train", "fit")
    }
    assert len(folders) == 1 and len(own) == 2


def test_other_photos_and_saliency_photos_are_not_confused(tmp_path):
    chain = read_chain(tmp_path, OTHERS % "cam" + ", saliency_net: deeplab, saliency: learned")
    assert chain.step("saliency_net").inputs["photos"].step.name == "saliency_photos"
    with pytest.raises(UserError, match="takes other_photos as its photos"):
        read_chain(
            tmp_path,
            "saliency_photos: folder, classifier: {method: cam, inputs: {photos: saliency_photos}}",
        )


def test_predictions_read_the_superpixels_of_their_own_photos(tmp_path):
    folder = tmp_path / "recipes"
    folder.mkdir()
    (tmp_path / "experiments").mkdir()
    (folder / "shown.yaml").write_text(
        "about: a\nchain: {superpixels: slic, classifier: mil, predict: mil}\n"
        "settings: {predict: {smoothing: segments}}\n"
    )
    given = {"dataset": "mini", "shards": 2, "recipe": "shown", "compare": ["shown"]}
    plan = Plan({**DEFAULT, **given}, root=tmp_path)
    job = plan.steps.job(plan.prediction("shown"), "val", "1-of-2")
    folder = plan.chain("shown").step("superpixels").folder
    assert [one.path for one in job.inputs["superpixels"]] == [
        f"work/{folder}/superpixels/val/1-of-2"
    ]
    assert job.settings["smoothing"] == "segments"


@pytest.mark.parametrize("smoothing", ["superpixels", "segments"])
def test_smoothing_without_superpixels_is_refused_with_the_step_to_add(tmp_path, smoothing):
    settings = f"{{predict: {{smoothing: {smoothing}}}}}"
    with pytest.raises(UserError) as error:
        read_chain(tmp_path, "classifier: mil, predict: mil", settings=settings)
    assert "add 'superpixels: slic'" in str(error.value) and "\n" not in str(error.value)


def test_planes_of_another_classifier_are_refused(tmp_path):
    with pytest.raises(UserError, match="which 'classifier' by 'cam' does not have"):
        read_chain(tmp_path, "classifier: cam, predict: mil")


def test_class_maps_of_mil_are_exported_and_predict(tmp_path):
    chain = read_chain(tmp_path, "classifier: mil, predict: class_maps")
    assert chain.names == ["classifier", "cams", "predict"]


def test_the_claim_has_the_rows_of_the_paper():
    rows = {row.name: row for row in PLAN.experiment("mil").rows}
    assert len(rows) == len(PLAN.rows("mil")) >= 10
    chains = dict(zip(rows, PLAN.rows("mil")))
    assert all(len(of_seeds) == 1 for of_seeds in chains.values())
    poolings = {chain[0].step("classifier").settings["pooling"] for chain in chains.values()}
    smoothings = {
        chain[0].step("predict").settings.get("smoothing", "none") for chain in chains.values()
    }
    assert poolings == {"lse", "max", "mean"}
    assert smoothings == {"none", "superpixels", "segments", "boxes"}
    assert Path(PROJECT, "recipes/mil.yaml").is_file()
