"""Priors by the stage scripts: factors are found on tune, predictions read them and a tagger."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.conftest import DATASET, NET, check_done, check_refused
from tests.dag.runs import copy_project, plan_jobs
from tests.unit.test_prior_recipes import RECIPE
from wsss.data.index import Index
from wsss.data.maps import MapReader

PLAIN = ["--scales", "[1.0]", "--flip", "false"]


@pytest.fixture(scope="module")
def trained(made, mini_root, tmp_path_factory, run_stage):
    """A folder with i.json, an index with three photos in tune; s.safetensors, a network trained
    for an epoch on the masks of train; and priors.json, its priors. To be read only.
    """
    folder = tmp_path_factory.mktemp("priors")
    index = Index.load(made / "i.json")
    train = index.splits["train"]
    splits = {**index.splits, "tune": train[:3], "fit": train[3:]}
    replace(index, splits=splits).save(folder / "i.json")
    shutil.copytree(mini_root / "SegmentationClass", folder / "labels")
    given = ["--index", folder / "i.json", "--labels", folder / "labels"]
    model = folder / "s.safetensors"
    check_done(run_stage("train_segmenter", "deeplab", *given, "--out", model, *NET))
    more = ["--model", model, *PLAIN, "--out", folder / "priors.json"]
    check_done(run_stage("find_priors", "shares", *given, *more))
    return folder


@pytest.fixture
def find_words(trained, tmp_path):
    """The words that find priors."""
    given = ["--index", trained / "i.json", "--labels", trained / "labels", *PLAIN]
    given += ["--model", trained / "s.safetensors", "--out", tmp_path / "p.json"]
    return ["find_priors", "shares", *given]


@pytest.fixture
def predict(trained, made, index_words, stage, tmp_path):
    """Predict val with more options; gives the label maps as one array."""

    def run(*options):
        out = tmp_path / "_".join(str(option).rpartition("/")[2] for option in options)
        given = ["--model", trained / "s.safetensors", *PLAIN, *options, "--out", out]
        check_done(stage("predict", "predict", *index_words, *given))
        return np.stack([np.asarray(Image.open(path)) for path in sorted(out.glob("*.png"))])

    return run


def test_priors_are_those_of_the_photos_of_tune(trained, find_words, stage, tmp_path):
    index = Index.load(trained / "i.json")
    priors = json.loads((trained / "priors.json").read_text())
    assert list(priors["labels"]) == list(index.labels)
    assert priors["photos"] == 3
    done = check_done(stage(*find_words))
    assert "are in tune and are used" in done.stdout and "background:" in done.stdout
    assert (tmp_path / "p.json").read_bytes() == (trained / "priors.json").read_bytes()
    masks = [np.asarray(Image.open(trained / "labels" / f"{n}.png")) for n in index.splits["tune"]]
    known = np.stack(masks)[np.stack(masks) != 255]
    row = priors["labels"]["background"]
    assert row["wanted"] == pytest.approx((known == 0).mean(), abs=0.03)
    assert abs(row["after"] - row["wanted"]) < 0.02


def test_a_split_without_photos_of_tune_is_used_whole(find_words, stage, tmp_path):
    done = check_done(stage(*find_words, "--split", "fit"))
    assert "so all 5 are used" in done.stdout
    assert json.loads((tmp_path / "p.json").read_text())["photos"] == 5


def test_labels_that_do_not_fit_are_refused_by_name(trained, find_words, stage, tmp_path):
    tune, wrong = Index.load(trained / "i.json").splits["tune"], tmp_path / "labels"
    shutil.copytree(trained / "labels", wrong)
    words = [wrong if word == trained / "labels" else word for word in find_words]
    for size, word in (((72, 96), "holds label 77"), ((96, 72), "is 72 x 96 pixels")):
        Image.fromarray(np.full(size, 77, np.uint8)).save(wrong / f"{tune[0]}.png")
        check_refused(stage(*words), f"{tune[0]}.png {word}")


def test_predictions_read_priors_a_tagger_and_a_factor(made, trained, predict):
    tagger, plain = ["--tagger", made / "m.safetensors"], predict()
    assert np.array_equal(predict(*tagger), plain)  # no tag_prior asks for it
    assert (predict("--background", "0.01") == 0).mean() < (plain == 0).mean()
    first = predict("--tag-prior", "foreground_first", *tagger)
    product = predict("--tag-prior", "product", *tagger)
    assert (product == 0).mean() > (first == 0).mean()
    factors = json.loads((trained / "priors.json").read_text())["labels"]
    assert len({row["factor"] for row in factors.values()}) > 1
    shifted = predict("--priors", trained / "priors.json")
    assert not np.array_equal(shifted, plain)


def test_tags_restrict_predictions_with_priors(made, trained, predict):
    index = Index.load(made / "i.json")
    options = ["--tagger", made / "m.safetensors", "--tag-prior", "foreground_first"]
    labels = predict(*options, "--priors", trained / "priors.json", "--within-tags")
    for photo_id, one in zip(sorted(index.splits["val"]), labels):
        assert set(np.unique(one)) <= {0, *index.photos[photo_id].tags}


def test_maps_of_a_network_trained_on_labels_are_exported(trained, stage, tmp_path):
    given = ["--index", trained / "i.json", "--model", trained / "s.safetensors", *PLAIN]
    out = tmp_path / "maps.h5"
    check_done(stage("export_segmentation_maps", "segmentation_maps", *given, "--out", out))
    maps = MapReader([out])
    for photo in Index.load(trained / "i.json").split("train"):
        assert list(maps[photo.id].labels) == [0, *photo.tags]


def test_missing_and_unread_inputs_are_refused(made, trained, index_words, stage, tmp_path):
    given = [*index_words, "--model", trained / "s.safetensors", "--out", tmp_path / "p"]
    ended = stage("predict", "predict", *given, "--tag-prior", "product")
    check_refused(ended, "tag_prior 'product' needs a classifier", "--tagger")
    given = [*index_words, "--model", made / "m.safetensors", "--out", tmp_path / "p"]
    ended = stage("predict", "class_maps", *given, "--priors", trained / "priors.json")
    check_refused(ended, "'class_maps' reads no priors", "--priors")


def test_models_of_another_kind_are_refused(made, trained, index_words, stage, tmp_path):
    given = [*index_words, "--out", tmp_path / "p", "--model"]
    ended = stage("predict", "predict", *given, made / "m.safetensors")
    check_refused(ended, "the model is a classifier")
    ended = stage("predict", "class_maps", *given, trained / "s.safetensors")
    check_refused(ended, "the model is no classifier")


def test_snakemake_plans_priors_once_before_all_shards_of_predictions(tmp_path):
    project = copy_project(tmp_path)
    (project / "recipes" / "shown.yaml").write_text(RECIPE)
    jobs = plan_jobs(project, target=f"results/shown/{DATASET}_val_miou.txt")
    assert jobs["find_priors"] == 1 and jobs["predict"] == 2 and jobs["train_segmenter"] == 1
