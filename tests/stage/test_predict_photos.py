"""Masks of photos without a table: those of stages/predict.py, under the photos' names. A second
run goes on where the first ended.
"""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from tests.conftest import DEFAULT, check_done, check_refused, write_record
from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.data.images import read_labels
from wsss.nets.models import save_model
from wsss.plan.plan import Plan
from wsss.plan.prediction import find_ingredients
from wsss.plan.staleness import Staleness
from wsss.run.errors import UserError
from wsss.segment.deeplab import DeepLab
from wsss.segment.settings import SegmenterSettings

SMALL = {"backbone": "tf_efficientnet_lite0", "weights": "none"}
PLAIN = ["--scales", "[1.0]", "--flip", "false", "--device", "cpu", "--threads", "1"]
PRIOR = ["--tag-prior", "foreground_first"]


@pytest.fixture(scope="module")
def models(index, tmp_path_factory):
    """A folder with the index and two networks with random weights: segmenter/model.safetensors,
    and tagger.safetensors.
    """
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    segmenter, classifier = SegmenterSettings(**SMALL), ClassifierSettings(**SMALL)
    network = DeepLab(segmenter, len(index.classes)).network
    path = folder / "segmenter/model.safetensors"
    save_model(path, network, "deeplab", segmenter, index.classes, [])
    task = Cam(classifier, len(index.classes))
    save_model(folder / "tagger.safetensors", task.network, "cam", classifier, index.classes, [])
    index.save(folder / "index.json")
    return folder


@pytest.fixture
def photos(index, tmp_path):
    """The photos of val in a folder with a subfolder."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    for place, photo in enumerate(index.split("val")):
        shutil.copy(index.image_path(photo), folder / ("sub", "")[place % 2])
    return folder


def test_masks_equal_those_of_the_stage_predict(stage, index, models, photos, tmp_path):
    segmenter, tagger = models / "segmenter", models / "tagger.safetensors"
    given = ["--tagger", tagger, *PRIOR, *PLAIN]
    made = stage("predict_photos", segmenter, photos, "--out", tmp_path / "masks", *given)
    check_done(made)
    model = ["--model", segmenter / "model.safetensors"]
    words = ["predict", "--index", models / "index.json", *model, "--split", "val"]
    check_done(stage("predict", *words, "--out", tmp_path / "expected", *given))
    for place, photo in enumerate(index.split("val")):
        mask = tmp_path / "masks" / ("sub", "")[place % 2] / f"{photo.id}.png"
        expected = read_labels(tmp_path / f"expected/{photo.id}.png")
        assert np.array_equal(read_labels(mask), expected)
    labels = (tmp_path / "masks/classes.txt").read_text().splitlines()
    assert labels == [f"{place} {name}" for place, name in enumerate(index.labels)]


def test_a_second_run_makes_only_what_is_missing_or_changed(stage, models, photos, tmp_path):
    words = ["predict_photos", models / "segmenter", photos, "--out", tmp_path / "masks", *PLAIN]
    check_done(stage(*words))
    masks = sorted((tmp_path / "masks").rglob("*.png"))
    before = {mask: mask.stat().st_mtime_ns for mask in masks}
    assert "4 of 4 masks are there already" in check_done(stage(*words)).stdout
    assert before == {mask: mask.stat().st_mtime_ns for mask in masks}
    removed = next((tmp_path / "masks").glob("*.png"))
    removed.unlink()
    replaced = next(photos.glob("sub/*.jpg"))
    Image.new("RGB", (20, 10)).save(replaced)
    assert "2 of 4 masks are there already" in check_done(stage(*words)).stdout
    assert removed.exists()
    assert read_labels(tmp_path / f"masks/sub/{replaced.stem}.png").shape == (10, 20)
    other = stage(*words, "--background", "0.5")
    check_refused(other, "made with another background", "masks")


def test_probabilities_confidence_and_overlay_fit_the_mask(stage, models, photos, tmp_path):
    extras = ("probabilities", "confidence", "overlay")
    words = ["predict_photos", models / "segmenter", photos, "--out", tmp_path / "masks", *PLAIN]
    for name in extras:
        words += [f"--{name}", tmp_path / name]
    check_done(stage(*words))
    mask = next((tmp_path / "masks/sub").glob("*.png"))
    labels = read_labels(mask)
    found = np.load(tmp_path / f"probabilities/sub/{mask.stem}.npz")["probabilities"]
    assert np.abs(found.astype(float).sum(axis=0) - 1).max() < 0.01
    largest = found.max(axis=0)
    chosen = np.take_along_axis(found, labels[None].astype(int), axis=0)[0]
    assert np.abs(largest.astype(float) - chosen).max() < 2e-3  # float16
    confidence = np.array(Image.open(tmp_path / f"confidence/sub/{mask.name}"))
    assert np.abs(confidence / 255 - chosen).max() < 0.005
    overlay = Image.open(tmp_path / f"overlay/sub/{mask.stem}.jpg")
    assert overlay.size == labels.shape[::-1]


def test_what_cannot_be_predicted_is_counted_by_reason(stage, models, photos, tmp_path):
    (photos / "broken.jpg").write_bytes(b"no photo")
    (photos / "notes.txt").write_text("notes")
    words = ["predict_photos", models / "segmenter", photos, "--out", tmp_path / "masks", *PLAIN]
    made = check_done(stage(*words))
    assert "photos that cannot be read, which have no mask: 1" in made.stdout
    assert "broken.jpg: " in made.stdout and "notes.txt" in made.stdout
    assert "4 masks in" in made.stdout
    alone = ["--out", tmp_path / "none", *PLAIN]
    check_refused(stage("predict_photos", models / "segmenter", photos / "broken.jpg", *alone), "1")


def test_wrong_arguments_are_refused_in_one_line(stage, models, photos, tmp_path):
    def refused(first, *words):
        return stage("predict_photos", first, photos, *words, *PLAIN)

    out = ["--out", tmp_path / "masks"]
    segmenter = models / "segmenter"
    check_refused(refused("defualt", *out), "neither a model nor a recipe", "default")
    check_refused(refused(models, *out), "no network", "model.safetensors")
    check_refused(refused(segmenter, "--out", photos), "holds the photos")
    check_refused(refused(segmenter, *out, *PRIOR), "--tagger")
    check_refused(refused(segmenter, *out, "--overlay", tmp_path / "masks"), "named twice")
    check_refused(refused("psa", *out, "--config", "dataset"), "KEY=VALUE")
    not_trained = refused("psa", *out, "--config", "dataset=mini")
    check_refused(not_trained, "not trained yet", "snakemake", "results/psa/mini_val_miou.txt")


RECIPE = """
about: a network, and a classifier that says which classes are in a photo
chain:
  classifier: cam
  labels: crf
  segmenter: deeplab
  predict: {method: predict, inputs: {tagger: classifier}}
settings:
  predict: {predict: {tag_prior: foreground_first}}
"""


def test_a_recipe_brings_its_tagger_and_its_settings(tmp_path, monkeypatch):
    (tmp_path / "recipes").mkdir()
    (tmp_path / "experiments").mkdir()
    for name in ("tagged", "cam", "default", "full"):
        (tmp_path / f"recipes/{name}.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    plan = Plan({**DEFAULT, "dataset": "mini"}, root=tmp_path)
    with pytest.raises(UserError, match="tagged is not trained yet"):
        find_ingredients(plan, "tagged", "snakemake")
    for step in plan.chain("tagged"):
        if step.kind in ("classifier", "segmenter"):
            (tmp_path / "work" / step.folder).mkdir(parents=True)
            (tmp_path / "work" / step.folder / "model.safetensors").touch()
    given = find_ingredients(plan, "tagged", "snakemake")
    assert given.method == "predict" and given.settings["tag_prior"] == "foreground_first"
    assert given.model.parent.parent.name == "segmenter"
    assert given.data == {"recipe": "tagged", "dataset": "mini", "supervision": ["tags"]}
    assert given.tagger is not None and given.tagger.parent.parent.name == "classifier"


def test_a_result_of_another_network_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan({**DEFAULT, "dataset": "mini"})
    step = plan.prediction("cam").inputs["model"].step
    write_record(tmp_path / "work" / step.folder / "model.safetensors")
    (tmp_path / "work" / step.folder / "model.safetensors").touch()
    result = tmp_path / "results/cam/mini_val_miou.json"
    for path in (result, result.with_suffix(".txt"), result.with_name("mini_val_chain.txt")):
        write_record(path)
        path.touch()
    assert find_ingredients(plan, "cam", "snakemake").result is None
    monkeypatch.setattr(Staleness, "is_fresh", lambda *_: True)
    found = find_ingredients(plan, "cam", "snakemake").result
    assert found is not None and (tmp_path / found) == result


def test_a_card_counts_corrections(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan({**DEFAULT, "dataset": "mini"})
    step = plan.prediction("cam").inputs["model"].step
    (tmp_path / "work" / step.folder).mkdir(parents=True)
    (tmp_path / "work" / step.folder / "model.safetensors").touch()
    monkeypatch.setattr("wsss.report.cost.count_corrected", lambda folders: len(folders))
    data = find_ingredients(plan, "cam", "snakemake").data
    count = len(plan.chain("cam").names)
    assert data["supervision"] == ["tags", f"corrected masks of {count} photos"]


def test_a_recipe_predicts_what_its_network_does(stage, models, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan({**DEFAULT, "dataset": "mini"})
    folder = tmp_path / "work" / plan.prediction("psa").inputs["model"].step.folder
    shutil.copytree(models / "segmenter", folder)
    plain = [*PLAIN, "--config", "dataset=mini"]
    check_done(stage("predict_photos", "psa", photos, "--out", tmp_path / "a", *plain))
    check_done(stage("predict_photos", folder, photos, "--out", tmp_path / "b", *PLAIN))
    made = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.png"))
    assert len(made) == 4
    for path in made:
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes()
