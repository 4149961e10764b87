"""Masks that people corrected take the place of labels, and are counted."""

import json

import numpy as np
import pytest

from tests.conftest import check_done, check_refused
from wsss.data.images import photo_size, read_labels, write_labels
from wsss.report.cost import count_corrected


@pytest.fixture
def corrected(stage, index, mini_root, tmp_path):
    """The path of an index whose first photo of train has a correction, known in its first rows."""
    photo = index.split("train")[0]
    labels = np.full(photo_size(index.image_path(photo)), 255, np.uint8)
    labels[:5] = 2
    (tmp_path / "mine").mkdir()
    write_labels(tmp_path / f"mine/{photo.id}.png", labels)
    words = ["--name", "mini", "--data-root", mini_root, "--corrections", tmp_path / "mine"]
    made = check_done(stage("make_index", *words, "--out", tmp_path / "i.json"))
    assert "corrections of 1 training photo\n" in made.stdout
    return tmp_path / "i.json"


def test_labels_are_corrected_and_counted(stage, index, corrected, tmp_path):
    words = ["write_labels", "truth", "--index", corrected, "--split", "train"]
    check_done(stage(*words, "--out", tmp_path / "plain/labels/train/0-of-1"))
    out = tmp_path / "step/labels/train/0-of-1"
    check_done(stage(*words, "--corrected", "--out", out))
    first, *others = index.split("train")
    expected = read_labels(index.mask_path(first))
    expected[:5] = 2
    assert (read_labels(out / f"{first.id}.png") == expected).all()
    for photo in others:
        assert (read_labels(out / f"{photo.id}.png") == read_labels(index.mask_path(photo))).all()
    record = json.loads((out.parent / "0-of-1.prov.json").read_text())
    assert "correction" in record["read"]["train"] and record["options"]["corrected"] is True
    plain = json.loads((tmp_path / "plain/labels/train/0-of-1.prov.json").read_text())
    assert "correction" not in plain["read"]["train"]
    assert count_corrected({"labels": str(tmp_path / "step"), "a": str(tmp_path / "plain")}) == 1
    assert count_corrected({"labels": str(tmp_path / "plain")}) is None


def test_a_result_says_how_many_photos_were_corrected(stage, corrected, tmp_path):
    words = ["write_labels", "truth", "--index", corrected, "--split", "train", "--corrected"]
    check_done(stage(*words, "--out", tmp_path / "step/labels/train/0-of-1"))
    score = {"what": "labels", "miou": None, "per_class": {}, "images": 0}
    (tmp_path / "score.json").write_text(json.dumps(score))
    outputs = ["--table", tmp_path / "t.txt", "--json", tmp_path / "t.json"]
    outputs += ["--chain", tmp_path / "c.txt", "--folders", f"labels={tmp_path / 'step'}"]
    head = ["--recipe", "r", "--dataset", "mini", "--split", "val", "--supervision", "tags"]
    check_done(stage("write_result", *head, "--score", tmp_path / "score.json", *outputs))
    known = ["tags", "corrected masks of 1 photo"]
    assert json.loads((tmp_path / "t.json").read_text())["supervision"] == known
    assert "known of the training photos: tags, corrected masks" in (tmp_path / "t.txt").read_text()


def test_a_correction_of_no_photo_is_refused(stage, mini_root, tmp_path):
    (tmp_path / "mine").mkdir()
    write_labels(tmp_path / "mine/nobody.png", np.zeros((3, 3), np.uint8))
    words = ["--name", "mini", "--data-root", mini_root, "--corrections", tmp_path / "mine"]
    made = stage("make_index", *words, "--out", tmp_path / "i.json")
    check_refused(made, "nobody.png", "name of no photo")
