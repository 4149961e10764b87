"""The segmentation network is trained with each addition to its loss, with averaged weights, and
from a classifier.
"""

import json
import shutil

import numpy as np
import pytest
from safetensors.torch import load_file

from tests.conftest import NET, check_done, check_refused
from wsss.data.images import read_labels, write_grey, write_labels

ADDITIONS = [
    ("--balance", "background"),
    ("--soft", "confidence", "--average", "0.5"),
    ("--soft", "second", "--bootstrap", "0.2", "--symmetric", "0.5"),
]
"""together they have all settings; test_label_loss.py tries each"""


@pytest.fixture(scope="module")
def labels(mini_root, tmp_path_factory):
    """A folder of true masks as labels, with a confidence and a second label for each pixel."""
    folder = tmp_path_factory.mktemp("labels") / "labels"
    shutil.copytree(mini_root / "SegmentationClass", folder)
    for name in ("confidence", "second"):
        (folder / name).mkdir()
    rng = np.random.default_rng(0)
    for path in folder.glob("*.png"):
        labels = read_labels(path)
        write_grey(folder / "confidence" / path.name, rng.uniform(0.4, 1, labels.shape))
        write_labels(folder / "second" / path.name, np.where(labels == 0, 1, 0))
    return folder


@pytest.fixture
def train(index_words, labels, stage, tmp_path):
    """Trains a network of four epochs; gives the model's path and what the stage printed."""

    def run(*more, name="m"):
        words = [*index_words, "--labels", labels, *NET, "--epochs", "4", *more]
        ended = stage("train_segmenter", "deeplab", *words, "--out", tmp_path / name)
        return tmp_path / name, check_done(ended).stdout

    return run


def read_losses(path):
    """The loss of every epoch of a model."""
    described = json.loads(path.with_name(f"{path.name}.json").read_text())
    return [row["loss"] for row in described["history"]]


def test_each_addition_learns_another_network(train):
    usual = load_file(train()[0])
    for number, addition in enumerate(ADDITIONS):
        path, _ = train(*addition, name=f"m{number}")
        losses, weights = read_losses(path), load_file(path)
        assert losses[-1] < losses[0], addition
        name = "classify.weight"
        assert usual[name].shape == weights[name].shape, addition
        assert not np.allclose(usual[name], weights[name], atol=1e-4), addition


def test_labels_without_confidence_are_refused(index_words, mini_root, stage, tmp_path):
    masks = mini_root / "SegmentationClass"
    words = [*index_words, "--labels", masks, *NET, "--out", tmp_path / "m"]
    for soft in ("confidence", "second"):
        ended = stage("train_segmenter", "deeplab", *words, "--soft", soft)
        check_refused(ended, str(masks), "no subfolder confidence/", "labels.crf.confidence: true")


@pytest.mark.parametrize("head", ["v3plus", "aspp"])
def test_training_starts_from_a_classifier(train, made, head):
    path, printed = train("--start", made / "m.safetensors", "--head", head, "--epochs", "1")
    assert f"started from {made / 'm.safetensors'}" in printed
    weights = load_file(path)
    inner = "model" if head == "v3plus" else "body"
    assert f"trunk.{inner}.conv_stem.weight" in weights and len(read_losses(path)) == 1


@pytest.mark.parametrize("place", ["", "second"])
def test_labels_that_the_dataset_does_not_have_are_refused(
    index_words, labels, stage, tmp_path, place
):
    wrong = tmp_path / "labels"
    shutil.copytree(labels, wrong)
    for path in (wrong / place).glob("train_*.png"):
        write_labels(path, np.full_like(read_labels(path), 77))
    words = [*index_words, "--labels", wrong, *NET, "--soft", "second", "--out", tmp_path / "m"]
    check_refused(stage("train_segmenter", "deeplab", *words), str(wrong / place), "label 77")


def test_confidence_of_another_size_is_refused(index_words, labels, stage, tmp_path):
    wrong = tmp_path / "labels"
    shutil.copytree(labels, wrong)
    for path in (wrong / "confidence").glob("*.png"):
        write_grey(path, np.ones((5, 4)))
    words = [*index_words, "--labels", wrong, *NET, "--out", tmp_path / "m"]
    ended = stage("train_segmenter", "deeplab", *words, "--soft", "confidence")
    check_refused(ended, "confidence of photo", "4 x 5 pixels")
