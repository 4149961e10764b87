"""The segmentation network is trained on strokes with each regularised loss, and on a
transformer.
"""

import json
import shutil

import numpy as np
import pytest
from safetensors.torch import load_file

from tests.conftest import NET, check_done, check_refused
from wsss.data.images import IGNORE, read_labels, write_labels
from wsss.losses.regulariser_settings import SECTIONS

PARTS = {"dfr": {"dfr", "consistency"}}
"""what the history of a loss has, where it is not the loss's name alone"""


@pytest.fixture(scope="module")
def strokes(mini_root, tmp_path_factory):
    """A folder of true masks of which every 16th row and column is known."""
    folder = tmp_path_factory.mktemp("strokes") / "labels"
    shutil.copytree(mini_root / "SegmentationClass", folder)
    for path in folder.glob("*.png"):
        labels = read_labels(path)
        known = np.zeros(labels.shape, bool)
        known[8::16], known[:, 8::16] = True, True
        write_labels(path, np.where(known, labels, IGNORE))
    return folder


@pytest.fixture
def words(index_words, strokes, tmp_path):
    return [*index_words, "--labels", strokes, *NET, "--epochs", "2", "--out", tmp_path / "m"]


def test_a_loss_begins_after_the_labels_alone(stage, words, tmp_path):
    """Two epochs of two steps: the first epoch has labels alone, and is the plain training's."""
    given = ["--regulariser", "dense_crf", "--dense-crf", "{after: 0.5, weight: 50}"]
    check_done(stage("train_segmenter", "deeplab", *words, *given))
    history = json.loads((tmp_path / "m.json").read_text())["history"]
    regularised = load_file(tmp_path / "m")
    check_done(stage("train_segmenter", "deeplab", *words))
    plain = json.loads((tmp_path / "m.json").read_text())["history"]
    assert history[0]["loss"] == history[0]["labels"] == plain[0]["loss"]
    assert history[1]["loss"] != plain[1]["loss"]
    assert history[1]["loss"] == pytest.approx(history[1]["labels"] + history[1]["dense_crf"])
    weights = load_file(tmp_path / "m")["classify.weight"]
    assert not np.allclose(regularised["classify.weight"], weights, atol=1e-5)


@pytest.mark.parametrize("name", SECTIONS[1:])
def test_every_loss_trains(stage, words, tmp_path, name):
    given = ["--regulariser", name, f"--{name.replace('_', '-')}", "{after: 0}"]
    check_done(stage("train_segmenter", "deeplab", *words, *given))
    last = json.loads((tmp_path / "m.json").read_text())["history"][-1]
    assert PARTS.get(name, {name}) | {"epoch", "loss", "labels"} == set(last)
    assert all(np.isfinite(value) for value in last.values())


def test_dfr_learns_on_a_transformer(stage, words, tmp_path):
    given = ["--backbone", "test_vit", "--weights", "none", "--head", "aspp", "--epochs", "6"]
    adamw = ["--optimiser", "adamw", "--lr", "0.001"]
    dfr = ["--regulariser", "dfr", "--dfr", "{after: 0, confident_after: 1}"]
    check_done(stage("train_segmenter", "deeplab", *words, *given, *adamw, *dfr))
    history = json.loads((tmp_path / "m.json").read_text())["history"]
    for part in ("labels", "consistency"):
        assert history[-1][part] < history[0][part]


def test_a_wrong_setting_of_a_loss_is_named(stage, words):
    given = ["--regulariser", "dfr", "--dfr", "{radious: 3}"]
    check_refused(stage("train_segmenter", "deeplab", *words, *given), "dfr.radious", "radius")


def test_boxes_train_with_the_multi_point_loss(index_words, stage, tmp_path):
    made = ["--keep-boxes", "true", "--inside", "rectangle", "--out", tmp_path / "boxes"]
    check_done(stage("write_labels", "boxes", *index_words, *made))
    boxes = json.loads(next((tmp_path / "boxes" / "boxes").glob("*.json")).read_text())
    assert boxes["size"] == [72, 96] and all(len(row) == 5 for row in boxes["boxes"])
    words = [*index_words, "--labels", tmp_path / "boxes", *NET, "--out", tmp_path / "m"]
    check_done(stage("train_segmenter", "deeplab", *words, "--multi-point", "0.5"))
    (row,) = json.loads((tmp_path / "m.json").read_text())["history"]
    assert row["multi_point"] > 0
    assert row["loss"] == pytest.approx(row["labels"] + row["multi_point"], rel=1e-4)


def test_labels_without_boxes_are_refused(stage, words, strokes):
    ended = stage("train_segmenter", "deeplab", *words, "--multi-point", "0.5")
    check_refused(ended, str(strokes), "no subfolder boxes/", "keep_boxes: true")
