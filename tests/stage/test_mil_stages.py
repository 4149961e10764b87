"""Stages of multiple instance learning: an index of other photos, a training on them, predictions
by each smoothing prior, and what is refused.
"""

import json

import numpy as np
import pytest

from tests.conftest import NET, check_done, check_refused
from tests.other_coco import write_other_coco
from wsss.data.images import read_labels, write_ids
from wsss.data.index import Index

MIL = [*NET, "--layers", "1", "--width", "8"]
ONCE = ["--scales", "[1.0]", "--flip", "false", "--device", "cpu"]


@pytest.fixture(scope="module")
def made_mil(mini_root, tmp_path_factory, run_stage):
    """A folder with i.json, an index; other, photos of another dataset; mil.safetensors, which was
    trained on these; superpixels of val. To be read only.
    """
    folder = tmp_path_factory.mktemp("mil")
    index, out = ["--index", folder / "i.json"], folder / "i.json"
    check_done(run_stage("make_index", "--name", "mini", "--data-root", mini_root, "--out", out))
    root = write_other_coco(folder / "coco")
    read = run_stage(
        "index_other_photos", "coco", *index, "--root", root, "--out", folder / "other"
    )
    (folder / "index.log").write_text(check_done(read).stdout)
    train = ["train_classifier", "mil", "--photos", folder / "other"]
    trained = check_done(run_stage(*train, "--out", folder / "mil.safetensors", *MIL))
    (folder / "train.log").write_text(trained.stdout)
    cut = ["make_superpixels", "slic", *index, "--split", "val", "--count", "30"]
    check_done(run_stage(*cut, "--out", folder / "superpixels"))
    return folder


def test_index_of_other_photos_says_what_it_has_and_lacks(made_mil):
    log = (made_mil / "index.log").read_text()
    assert "no photo has tortoise, cart, hut, bird;" in log
    assert "10 photos, 9 with tags, 0 left out" in log
    counts = json.loads((made_mil / "other" / "counts.json").read_text())
    assert counts["left_out"] == 0 and counts["classes"]["fish"] == 2
    assert json.loads((made_mil / "other" / "left_out.json").read_text()) == {}
    record = json.loads((made_mil / "other.prov.json").read_text())
    assert set(record["read"]) == {"*", "setting root"}


def test_training_on_other_photos_names_them_and_not_the_dataset(made_mil):
    record = json.loads((made_mil / "mil.safetensors.prov.json").read_text())
    assert record["read"] == {} and set(record["inputs"]) == {"photos"}
    log = (made_mil / "train.log").read_text()
    assert "no photo that trains has tortoise, cart, hut, bird" in log
    assert "nothing is learned of the background" not in log
    about = json.loads((made_mil / "mil.safetensors.json").read_text())
    assert tuple(about["classes"]) == Index.load(made_mil / "i.json").classes


def predict(stage, made_mil, out, *words):
    model = ["--index", made_mil / "i.json", "--model", made_mil / "mil.safetensors"]
    return stage("predict", "mil", *model, "--out", out, *ONCE, "--threshold", "0", *words)


@pytest.mark.parametrize("smoothing", ["none", "superpixels", "segments", "boxes"])
def test_every_smoothing_prior_predicts(stage, made_mil, tmp_path, smoothing):
    given = ["--superpixels", made_mil / "superpixels"] if smoothing[0] == "s" else []
    out = tmp_path / "out"
    check_done(predict(stage, made_mil, out, "--smoothing", smoothing, *given))
    for photo in Index.load(made_mil / "i.json").split("val"):
        labels = read_labels(out / f"{photo.id}.png")
        assert labels.shape == (72, 96) and labels.max() <= 6


def test_tags_of_photos_are_read_only_where_it_is_asked_for(stage, made_mil, tmp_path):
    """Predictions of an index with other tags are the same, except within tags. A photo of val
    without tags may have none that are known, so nothing is left out there.
    """
    index = Index.load(made_mil / "i.json")
    for photo in index.photos.values():
        object.__setattr__(photo, "tags", ())
    index.save(tmp_path / "bare.json")
    model = ["--model", made_mil / "mil.safetensors", *ONCE, "--threshold", "0"]
    found = []
    for name, words in ((made_mil / "i.json", []), (tmp_path / "bare.json", [])):
        out = tmp_path / f"out{len(found)}"
        check_done(stage("predict", "mil", "--index", name, *model, "--out", out, *words))
        found.append({path.name: read_labels(path) for path in out.glob("*.png")})
    assert all(np.array_equal(found[0][name], found[1][name]) for name in found[0])
    out = tmp_path / "within"
    given = ["--index", tmp_path / "bare.json", *model, "--within-tags"]
    check_done(stage("predict", "mil", *given, "--split", "train", "--out", out))
    assert not any(read_labels(path).any() for path in out.glob("*.png"))
    check_done(stage("predict", "mil", *given, "--out", tmp_path / "val"))
    for path in (tmp_path / "val").glob("*.png"):
        assert np.array_equal(read_labels(path), found[1][path.name])


def test_wrong_input_of_predictions_is_refused_in_one_line(stage, made_mil, tmp_path):
    out = tmp_path / "out"
    check_refused(predict(stage, made_mil, out, "--smoothing", "segments"), "give them with")
    (tmp_path / "other_size").mkdir()
    for photo in Index.load(made_mil / "i.json").split("val"):
        write_ids(tmp_path / "other_size" / f"{photo.id}.png", np.zeros((5, 7), int))
    given = ["--smoothing", "superpixels", "--superpixels", tmp_path / "other_size"]
    check_refused(predict(stage, made_mil, out, *given), "7 x 5 pixels", "96 x 72")
    ended = predict(stage, made_mil, out, "--thresholds", "{bat: 0.5}")
    check_refused(ended, "has 'bat', which is no class", "did you mean 'cart'")
    ended = predict(stage, made_mil, out, "--tagger", made_mil / "mil.safetensors")
    check_refused(ended, "predict by 'mil' reads no tagger")
    assert not out.exists()


def test_wrong_photos_of_a_training_are_refused_in_one_line(stage, made_mil, tmp_path):
    out = ["--out", tmp_path / "m.safetensors", *MIL]
    index, other = ["--index", made_mil / "i.json"], ["--photos", made_mil / "other"]
    check_refused(stage("train_classifier", "mil", *out), "give --index")
    check_refused(stage("train_classifier", "mil", *index, *other, *out), "not both")
    empty = Index.load(made_mil / "i.json")
    empty.splits["train"] = ()
    empty.save(tmp_path / "empty.json")
    none = ["--index", tmp_path / "empty.json"]
    for method in ("mil", "cam"):
        words = out if method == "mil" else [*out[:2], *NET]
        ended = stage("train_classifier", method, *none, *words)
        check_refused(ended, "there is no photo to train on")
    ended = stage(
        "index_other_photos", "coco", *index, "--root", tmp_path / "none", "--out", tmp_path / "o"
    )
    check_refused(ended, "'other_photos.root' is", "is not a folder")


def test_training_without_photos_of_the_background_says_so(stage, made_mil, tmp_path):
    given = ["--index", made_mil / "i.json", "--out", tmp_path / "m.safetensors", *MIL]
    ended = check_done(stage("train_classifier", "mil", *given))
    assert "nothing is learned of the background" in ended.stdout
