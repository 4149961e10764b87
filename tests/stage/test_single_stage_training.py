"""A single stage by its scripts: it trains on photos and tags, labels, and predicts."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import check_done, check_refused
from wsss.data.images import IGNORE, read_labels
from wsss.data.maps import MapReader
from wsss.nets.history import read_history
from wsss.training import loop

RULES = {
    "scales": [0.5, 1.0],
    "crf": {"iterations": 2, "backend": "pydensecrf"},
    "alpha_low": 0.2,
    "alpha_high": 8,
    "crf_above": 0,
    "cam_percentile": 0,
    "labels_after": 0.3,
    "refresh": 2,
}
"""by these a network that has learned little labels some pixels"""
NET = {
    "backbone": "test_vit",
    "weights": "none",
    "head": "two_convs",
    "hidden": 8,
    "crop": 64,
    "long_side": [64, 96],
    "epochs": 3,
    "batch": 4,
    "lr": 0.01,
    "balance": "background",
    "regulariser": "dense_energy",
    "dense_energy": {"scale": 0.25},
}


@pytest.fixture
def train(index, stage, tmp_path):
    """Trains by a method; gives the model's path and what the stage gave."""
    index.save(tmp_path / "i.json")

    def run(method, name="m.safetensors", *more, **changes):
        words = ["--index", tmp_path / "i.json", "--out", tmp_path / name, "--device", "cpu"]
        settings = json.dumps({**NET, **RULES, **changes})
        ended = stage("train_segmenter", method, *words, "--settings", settings, *more)
        return tmp_path / name, ended

    return run


def test_a_single_stage_trains_labels_and_predicts(train, index, stage, tmp_path):
    model, ended = train("aalr", affinity={"after": 0.4}, reassign={"after": 0.5})
    check_done(ended)
    history = read_history(model)
    last = history[-1]
    assert {"classify", "segment", "dense_energy", "affinity", "reassign", "made"} <= set(last)
    assert history[0]["supervised"] == 0 < last["supervised"] and last["supervision_miou"] >= 0
    assert "online labels: 8 photos" in ended.stdout
    words = ["--index", tmp_path / "i.json", "--model", model, "--device", "cpu"]
    labels, maps = tmp_path / "labels", tmp_path / "maps.h5"
    check_done(stage("write_online_labels", "aalr", *words, "--out", labels, "--maps", maps))
    reader = MapReader([maps])
    for photo in index.split("train"):
        written, item = read_labels(labels / f"{photo.id}.png"), reader[photo.id]
        assert written.shape == (72, 96)
        assert set(np.unique(written).tolist()) <= {0, *photo.tags, IGNORE}
        assert item.labels.tolist() == list(photo.tags) and item.scores.max() <= 1
    drawn = ["--picture", tmp_path / "s.png", "--table", tmp_path / "s.csv"]
    check_done(stage("draw_supervision", "--model", model, *drawn))
    first, *rows = (tmp_path / "s.csv").read_text().splitlines()
    assert first.startswith("epoch,seeded,supervised") and len(rows) == 3
    assert rows[0].startswith("1,,0.00,") and (tmp_path / "s.png").stat().st_size > 0
    predict = [*words, "--scales", "[1.0]", "--out", tmp_path / "predicted"]
    check_done(stage("predict", "predict", *predict))
    assert len(list((tmp_path / "predicted").glob("*.png"))) == len(index.split("val"))


def test_a_network_with_imagenet_s_rows_trains_is_exported_and_predicts(
    train, stage, mini_root, tmp_path
):
    net = {"backbone": "tf_efficientnet_lite0", "weights": "imagenet", "head": "v3plus"}
    rows = {"head_from": "imagenet", "tag_above": 0.5, "imagenet_names": {"hut": []}}
    model, ended = train("rrm", **net, **rows, hidden=0, epochs=1, labels_after=0)
    said = check_done(ended).stdout
    assert "mushroom: 1 ImageNet class (mushroom)" in said and "hut: no ImageNet class" in said
    about = json.loads((tmp_path / "m.safetensors.json").read_text())
    assert about["settings"]["head_from"] == "imagenet" and about["settings"]["tag_above"] == 0.5
    plain = ["--scales", "[1.0]", "--flip", "false", "--precision", "float32"]
    words = ["export_model", model, "--to", "torchscript", "--out", tmp_path / "m.pt"]
    assert "the probabilities differ by at most" in check_done(stage(*words, *plain)).stdout
    photos, masks = mini_root / "JPEGImages", tmp_path / "masks"
    check_done(stage("predict_photos", model, photos, "--out", masks, *plain))
    assert len(list(masks.glob("*.png"))) == len(list(photos.iterdir())) > 0


def test_killed_training_resumes_to_the_same_model(train, monkeypatch):
    """Interrupted where labels are remembered, it goes on with them."""
    learn, calls = loop._Steps._learn, []

    def killed(self, batch, ending):
        calls.append(batch["id"])
        if len(calls) == 6:
            raise KeyboardInterrupt
        return learn(self, batch, ending)

    monkeypatch.setattr(loop._Steps, "_learn", killed)
    model, ended = train("rrm", "m", "--checkpoint-steps", "1")
    assert ended.returncode != 0 and len(calls) == 6 and not model.exists()
    monkeypatch.undo()
    model, ended = train("rrm", "m", "--checkpoint-steps", "1")
    assert "going on at step 5" in check_done(ended).stdout
    whole, ended = train("rrm", "whole")
    assert "going on" not in check_done(ended).stdout
    assert model.read_bytes() == whole.read_bytes() and read_history(model) == read_history(whole)


def test_photos_without_tags_do_not_train_and_are_counted(train, index, tmp_path):
    names = index.splits["train"][:3]
    photos = {**index.photos}
    for name in names:
        photos[name] = replace(photos[name], tags=())
    replace(index, photos=photos).save(tmp_path / "i.json")
    _, ended = train("rrm", epochs=1, labels_after=0)
    assert "3 of 8 photos have no tag and do not train" in check_done(ended).stdout
    assert "online labels: 4 photos" in ended.stdout, "one batch of four of the five others"


def test_labels_are_given_to_methods_that_read_them_alone(train, stage, tmp_path):
    _, ended = train("rrm", "m", "--labels", tmp_path)
    check_refused(ended, "'rrm' makes its labels itself", "leave out --labels")
    ended = stage("train_segmenter", "deeplab", "--index", tmp_path / "i.json", "--out", "m")
    check_refused(ended, "'deeplab' trains on label maps", "--labels")
