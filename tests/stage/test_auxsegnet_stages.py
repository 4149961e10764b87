"""A round of AuxSegNet by its scripts: train, update maps and saliency, label, predict."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.conftest import NET, check_done, check_refused
from wsss.data.images import read_labels
from wsss.data.index import Index
from wsss.data.maps import MapReader
from wsss.training import loop

SMALL = [*NET, "--output-stride", "16", "--hidden", "8"]


@pytest.fixture(scope="module")
def given(made, tmp_path_factory):
    """Folders of saliency maps and of labels: a salient half, and class 1 in it. The last photo has
    no salient pixel.
    """
    folder = tmp_path_factory.mktemp("given")
    for name, inside in (("saliency", 255), ("labels", 1)):
        (folder / name).mkdir()
        for photo in ids_of(made):
            half = np.zeros((72, 96), np.uint8)
            half[:, 48:] = inside * (photo != ids_of(made)[-1])
            Image.fromarray(half).save(folder / name / f"{photo}.png")
    return folder


def ids_of(made):
    return Index.load(made / "i.json").splits["train"]


@pytest.fixture(scope="module")
def trained(made, given, tmp_path_factory, run_stage):
    """The model of a first round, which started from the classifier; to be read only."""
    model = tmp_path_factory.mktemp("trained") / "round1.safetensors"
    words = [*train_words(made, given, model), "--start", made / "m.safetensors"]
    ended = check_done(run_stage("train_multitask", "auxsegnet", *words))
    assert "0 of the model not used" in ended.stdout, "the classifier's head starts the class maps"
    return model


def train_words(made, given, out):
    folders = ["--labels", given / "labels", "--saliency", given / "saliency"]
    return ["--index", made / "i.json", *folders, "--out", out, *SMALL]


def test_model_says_what_its_losses_were(trained):
    described = json.loads((trained.parent / f"{trained.name}.json").read_text())
    assert {"segment", "saliency", "classify"} <= set(described["history"][0])


def test_killed_second_round_resumes_there(made, given, trained, stage, tmp_path, monkeypatch):
    """Interrupted in its second and last step, it goes on there and gives the same model."""
    words = ["auxsegnet", *train_words(made, given, tmp_path / "2.safetensors"), "--start", trained]
    words += ["--checkpoint-steps", "1"]
    learn, calls = loop._Steps._learn, []

    def killed(self, batch, ending):
        calls.append(batch["id"])
        if len(calls) == 2:
            raise KeyboardInterrupt
        return learn(self, batch, ending)

    monkeypatch.setattr(loop._Steps, "_learn", killed)
    assert stage("train_multitask", *words).returncode != 0 and len(calls) == 2
    monkeypatch.undo()
    assert not (tmp_path / "2.safetensors").exists()
    assert "going on at step 1" in check_done(stage("train_multitask", *words)).stdout
    whole = [str(word).replace("2.safetensors", "whole.safetensors") for word in words]
    assert "going on" not in check_done(stage("train_multitask", *whole)).stdout
    models = [(tmp_path / name).read_bytes() for name in ("2.safetensors", "whole.safetensors")]
    assert models[0] == models[1]


def test_update_makes_maps_and_saliency_which_become_labels(made, given, trained, stage, tmp_path):
    maps, saliency, labels = tmp_path / "maps.h5", tmp_path / "updated", tmp_path / "labels"
    words = ["cross_affinity", "--index", made / "i.json", "--model", trained]
    words += ["--original", given / "saliency", "--saliency", saliency, "--out", maps]
    check_done(stage("update_maps", *words, "--device", "cpu"))
    words = ["fuse", "--index", made / "i.json", "--maps", maps, "--out", labels]
    check_refused(stage("write_labels", *words), "labels by fuse need saliency maps")
    check_done(stage("write_labels", *words, "--saliency", saliency))
    index, reader = Index.load(made / "i.json"), MapReader([maps])
    for photo in index.split("train"):
        assert reader[photo.id].labels.tolist() == list(photo.tags)
        written = read_labels(labels / f"{photo.id}.png")
        salient = read_labels(saliency / f"{photo.id}.png") > 0.06 * 255
        assert set(np.unique(written)) <= {0, 255, *photo.tags}
        assert (written[~salient] % 255 == 0).all() and (written[salient] > 0).all()


def test_segmentation_head_predicts(made, trained, stage, tmp_path):
    words = ["predict", "--index", made / "i.json", "--model", trained, "--scales", "[1.0]"]
    check_done(stage("predict", *words, "--device", "cpu", "--out", tmp_path / "predictions"))
    index = Index.load(made / "i.json")
    for photo in index.split("val"):
        predicted = read_labels(tmp_path / "predictions" / f"{photo.id}.png")
        assert predicted.shape == (72, 96) and predicted.max() <= len(index.classes)


def test_saliency_of_another_size_is_refused(made, given, stage, tmp_path):
    words = train_words(made, given, tmp_path / "m.safetensors")
    small = tmp_path / "small"
    small.mkdir()
    for photo in ids_of(made):
        Image.fromarray(np.zeros((70, 96), np.uint8)).save(small / f"{photo}.png")
    words[words.index("--saliency") + 1] = small
    check_refused(stage("train_multitask", "auxsegnet", *words), "saliency of photo", "96 x 70")
