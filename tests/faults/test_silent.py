"""Nothing is silently wrong: a network that diverged is not saved, and what is of no use as a whole
has a warning in the log, in the result and in the report.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from tests.conftest import NET, check_done, check_refused
from wsss.data.images import IGNORE
from wsss.data.index import Index
from wsss.data.maps import ScoreMap, map_writer
from wsss.data.suspicion import LEAST, LabelWatch, MapWatch, judge
from wsss.report.cost import warnings_of
from wsss.report.page import page
from wsss.report.result import result_table
from wsss.report.summary import Sources, summary_of
from wsss.run.errors import UserError
from wsss.run.warnings import read_seen
from wsss.training.forward import look_at

CPU = torch.device("cpu")


class Photos:
    """Two photos of classes a and b, with labels 0 and 1."""

    index = SimpleNamespace(classes=("a", "b"), labels=("background", "a", "b"))

    def __len__(self):
        return 2

    def __getitem__(self, key):
        labels = torch.zeros(8, 8, dtype=torch.uint8)
        labels[0], labels[1] = 1, IGNORE
        image = torch.full((3, 8, 8), 100, dtype=torch.uint8)
        return {"image": image, "tags": torch.tensor([1.0, 0.0]), "id": "pq"[key.photo],
                "labels": labels}  # fmt: skip


class Net(nn.Module):
    """Gives what the function `make` makes of the images."""

    def __init__(self, make):
        super().__init__()
        self.make, self.modes = make, []

    def forward(self, images):
        self.modes.append(self.training)
        return self.make(images)


def planes(*values):
    """A function from images to constant planes, (N, K, 4, 4)."""
    row = torch.tensor(values).view(1, -1, 1, 1)
    return lambda images: row.expand(len(images), -1, 4, 4)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1e9])
@pytest.mark.parametrize("nest", [lambda x: x, lambda x: (torch.zeros(1), {"f": [x]})])
def test_network_with_values_that_are_not_finite_is_refused(bad, nest):
    net = Net(lambda images: nest(planes(0.0, bad, 0.0)(images)))
    with pytest.raises(UserError, match=r"on the photos p, q, .*it has diverged"):
        look_at(net, Photos(), CPU, "other")


def test_network_is_looked_at_in_eval_mode_and_left_as_it_was():
    net = Net(planes(0.0, 1.0)).train()
    look_at(net, Photos(), CPU, "maps")
    assert net.modes == [False] and net.training


def test_network_that_predicts_one_class_has_a_warning():
    (line,) = look_at(Net(planes(3.0, 1.0, 2.0)), Photos(), CPU, "labels")
    assert "'background' at every pixel of 2 photos" in line

    def two(images):
        logits = planes(3.0, 1.0, 2.0)(images).clone()
        logits[0, 1, 0, 0] = 9
        return logits

    assert look_at(Net(two), Photos(), CPU, "labels") == []
    assert look_at(Net(planes(3.0, 1.0, 2.0)), Photos(), CPU, "other") == []


def test_network_whose_labels_are_all_ignored_has_a_warning():
    """Its loss is no number that anything follows from, and ends no training."""

    class Ignored(Photos):
        def __getitem__(self, key):
            labels = torch.full((8, 8), IGNORE, dtype=torch.uint8)
            return {**super().__getitem__(key), "labels": labels}

    (line,) = look_at(Net(planes(3.0, 1.0, 2.0)), Ignored(), CPU, "labels")
    assert "the labels of 2 photos that it was trained on are 255 (ignored)" in line


def test_classifier_without_maps_has_a_warning():
    (line,) = look_at(Net(lambda x: (planes(-1.0, 2.0)(x), x)), Photos(), CPU, "maps")
    assert "zero everywhere" in line  # the photos have the tag a alone
    assert look_at(Net(planes(1.0, -2.0)), Photos(), CPU, "maps") == []


def test_training_that_diverges_saves_no_model(photo_root, tmp_path, stage):
    """One step with lr 1e30 leaves finite weights, and scores that are not."""
    index, out = tmp_path / "index.json", tmp_path / "m.safetensors"
    check_done(stage("make_index", "--name", "mini", "--data-root", photo_root, "--out", index))
    words = ["--index", index, *NET, "--batch", "64", "--lr", "1e30", "--out", out]
    ended = stage("train_classifier", "cam", *words)
    check_refused(ended, "lower lr")
    assert not out.exists()


def test_maps_of_labels_are_looked_at_as_a_whole():
    names = ("background", "cat")
    ignored, background = np.full((2, 3), IGNORE, np.uint8), np.zeros((2, 3), np.uint8)
    for maps, expected in (
        ([ignored] * 2, "255 (ignored)"),
        ([background] * LEAST, "one label only, 'background'"),
        ([background, ignored] * LEAST, "one label only, 'background'"),
        ([background] * (LEAST - 1), None),
        ([background] * LEAST + [background + 1], None),
        ([], None),
    ):
        watch = LabelWatch(names)
        for labels in maps:
            watch.add(labels)
        assert [expected in line for line in judge([watch.seen()])] == ([True] if expected else [])


def test_score_maps_are_looked_at_as_a_whole():
    zero = ScoreMap("cam", np.array([1]), np.zeros((1, 2, 2), np.float32), (4, 4))
    seen = ScoreMap("cam", np.array([1]), np.ones((1, 2, 2), np.float32), (4, 4))
    untagged = ScoreMap("cam", np.array([]), np.zeros((0, 2, 2), np.float32), (4, 4))
    for maps, warned in (([zero, untagged], 1), ([zero, seen], 0), ([untagged], 0)):
        watch = MapWatch()
        for item in maps:
            watch.add(item)
        assert len(judge([watch.seen()])) == warned


def test_labeller_that_ignores_all_pixels_is_said_everywhere(photo_root, tmp_path, stage):
    index, folder = tmp_path / "index.json", tmp_path / "crf-0123456789ab"
    check_done(stage("make_index", "--name", "mini", "--data-root", photo_root, "--out", index))
    with map_writer(tmp_path / "maps.h5") as writer:
        for photo in load_photos(index):
            scores = np.full((len(photo.tags), 4, 4), 0.5, np.float32)
            writer.add(photo.id, ScoreMap("cam", np.array(photo.tags), scores, (96, 128)))
    out = folder / "confident" / "train" / "0-of-1"
    words = ["--index", index, "--maps", tmp_path / "maps.h5", "--out", out]
    ended = stage("make_seeds", "threshold", *words, "--foreground", "1.0", "--background", "0.1")
    check_done(ended)
    seen = read_seen(out)
    (line,) = judge([seen])
    assert "255 (ignored)" in line and f"warning: {line}" in ended.stdout
    folders = {"seeds": str(folder)}
    assert warnings_of(folders) == [f"seeds: {line}"]
    head = {"recipe": "r", "dataset": "d", "split": "val", "of": "seeds", "supervision": ["tags"]}
    table = result_table(head, {"what": "labels", "miou": None, "images": 0}, {}, folders)
    assert f"warning: seeds: {line}" in table
    summary = summary_of("r", Sources(folders=folders))
    assert summary["warnings"] == [f"seeds: {line}"]
    head = {"dataset": "d", "split": "val", "labels": [], "command": "", "make": ""}
    head |= {"files": [], "about": ""}
    gallery = {"labels": [], "about": "", "steps": [], "photos": [], "recipes": []}
    assert f"Warning: seeds: {line}" in page([summary], gallery, head, None)


def load_photos(index):
    return Index.load(index).split("train")


@pytest.mark.parametrize("shards", [1, 2, 3])
@pytest.mark.parametrize(("other", "warned"), [("background", True), ("cat", False)])
def test_shards_are_judged_together(tmp_path, shards, other, warned):
    """Each has fewer photos than are suspicious, and what is said does not depend on them."""
    for k in range(shards):
        (tmp_path / f"{k}-of-{shards}").mkdir()
        seen = {"photos": 6 // shards, "labels": ["background", other] if k == 0 else []}
        note = tmp_path / f"{k}-of-{shards}.run.json"
        note.write_text(json.dumps({"measured": {"seen": seen}}))
    line = "labels: all 6 photos have one label only, 'background'"
    assert warnings_of({"labels": str(tmp_path)}) == ([line] if warned else [])


def test_predictions_without_val_are_judged_by_train(tmp_path):
    """A folder of photos without masks has no val: its network may predict background alone."""
    for split, photos in (("val", 0), ("train", 6)):
        shard = tmp_path / "predictions" / split / "1-of-1"
        shard.mkdir(parents=True)
        seen = {"photos": photos, "labels": ["background"][:photos]}
        Path(f"{shard}.run.json").write_text(json.dumps({"measured": {"seen": seen}}))
    line = "predict: all 6 photos have one label only, 'background'"
    assert warnings_of({"predict": str(tmp_path)}) == [line]


def test_training_that_diverges_by_its_weights_alone_is_refused():
    net = Net(planes(0.0, 1.0))
    net.weight = nn.Parameter(torch.tensor([1e30]))
    with pytest.raises(UserError, match="diverged"):
        look_at(net, Photos(), CPU, "other")
