"""Confidence beside masks, and the table of the photos to look at first, made by the stages."""

import csv
import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from tests.conftest import check_done, check_refused
from wsss.data.images import read_labels, write_labels
from wsss.nets.models import save_model
from wsss.segment.deeplab import DeepLab
from wsss.segment.settings import SegmenterSettings

PLAIN = ["--scales", "[1.0]", "--flip", "false", "--device", "cpu", "--threads", "1"]


@pytest.fixture(scope="module")
def given(index, tmp_path_factory):
    """A folder with the index, a network with random weights, and pseudo-labels of train: the true
    masks, but for the first photo, whose tags they lack.
    """
    folder = tmp_path_factory.mktemp("given")
    torch.manual_seed(0)
    settings = SegmenterSettings(backbone="tf_efficientnet_lite0", weights="none")
    network = DeepLab(settings, len(index.classes)).network
    save_model(folder / "m.safetensors", network, "deeplab", settings, index.classes, [])
    index.save(folder / "i.json")
    (folder / "labels").mkdir()
    for place, photo in enumerate(index.split("train")):
        shutil.copy(index.mask_path(photo), folder / f"labels/{photo.id}.png")
        if place == 0:
            write_labels(folder / f"labels/{photo.id}.png", np.zeros((72, 96), np.uint8))
    return folder


@pytest.fixture
def predict(stage, given, tmp_path):
    """Predicts masks within tags of a split; gives the folders of masks and of confidence."""

    def run(split, *more):
        out = tmp_path / f"masks-{split}", tmp_path / f"confidence-{split}"
        words = ["--index", given / "i.json", "--model", given / "m.safetensors", "--split", split]
        words += ["--within-tags", "--out", out[0], "--confidence", out[1], *PLAIN, *more]
        check_done(stage("predict", "predict", *words))
        return out

    return run


def test_confidence_is_that_of_the_masks_and_changes_none(index, given, predict, stage, tmp_path):
    masks, confidence = predict("val")
    words = ["--index", given / "i.json", "--model", given / "m.safetensors", "--split", "val"]
    plain = ["predict", "predict", *words, "--within-tags", "--out", tmp_path / "plain", *PLAIN]
    check_done(stage(*plain))
    table = json.loads((confidence / "photos.json").read_text())
    for photo in index.split("val"):
        name = f"{photo.id}.png"
        assert (masks / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()
        grey, row = np.asarray(Image.open(confidence / name)), table[photo.id]
        assert grey.shape == read_labels(masks / name).shape
        assert abs(100 * grey.mean() / 255 - row["mean"]) < 0.2
        # a network with random weights sees classes that are no tags
        assert 0 < row["expected_iou"] < 60 and row["without_tag"]
        assert not set(map(int, row["without_tag"])) & {0, *photo.tags}


def edit(folder):
    """The folder, without the record by which an edit would be refused."""
    folder.with_name(f"{folder.name}.prov.json").unlink()
    return folder


def check(stage, given, folders, out, *more):
    """Run the stage; gives its table, its text and its figures."""
    words = ["--index", given / "i.json", "--masks", *(pair[0] for pair in folders)]
    words += ["--confidence", *(pair[1] for pair in folders), "--splits", "train", "val"]
    outputs = ["--table", out / "c.csv", "--text", out / "c.txt", "--out", out / "c.json"]
    check_done(stage("check_photos", *words, *more, *outputs))
    rows = list(csv.DictReader((out / "c.csv").read_text().splitlines()))
    return rows, (out / "c.txt").read_text(), json.loads((out / "c.json").read_text())


def test_the_table_has_all_photos_and_says_what_is_wrong(index, given, predict, stage, tmp_path):
    folders = [predict("train"), predict("val")]
    labels = ["--labels", given / "labels", "--exported", "results/r/mini_labels_coco"]
    first = index.split("train")[1]
    write_labels(edit(folders[0][0]) / f"{first.id}.png", np.zeros((72, 96), np.uint8))
    rows, text, figures = check(stage, given, folders, tmp_path, *labels)
    assert [row["image"] for row in rows] == [row["image"] for row in figures["photos"].values()]
    assert {row["image"] for row in rows} == {photo.image for photo in index.photos.values()}
    benefits = [float(row["benefit"]) for row in rows]
    assert benefits == sorted(benefits, reverse=True) and benefits[0] > benefits[-1]
    emptied = next(row for row in rows if row["image"] == first.image)
    assert {"tag not found", "mask empty"} <= set(emptied["badges"].split(";"))
    assert emptied["found"] == "" and emptied["not_found"] == emptied["labels"] != ""
    of_val = [row for row in rows if row["split"] == "val"]
    assert len(of_val) == 4 and all(row["agreement"] == "" for row in of_val)
    assert figures["badges"]["empty"] >= 1 and figures["tags"]["labels"] < 100
    assert f"mask empty {figures['badges']['empty']}" in text
    assert figures["tenths"] == {}  # there are fewer than ten photos in each split


def test_labels_that_hold_more_tags_than_the_masks_are_offered(given, predict, stage, tmp_path):
    folders = [predict("train"), predict("val")]
    for mask in edit(folders[0][0]).glob("*.png"):
        write_labels(mask, np.zeros((72, 96), np.uint8))
    labels = ["--labels", given / "labels", "--exported", "results/r/mini_labels_coco"]
    _, text, figures = check(stage, given, folders, tmp_path, *labels)
    assert figures["tags"]["masks"] == 0 < figures["tags"]["labels"]
    assert "agree better with the tags" in text and "results/r/mini_labels_coco" in text
    _, text, figures = check(stage, given, folders, tmp_path)
    assert figures["tags"] == {} and "agree better" not in text


def test_a_mask_that_is_missing_is_named(given, predict, stage, tmp_path):
    folders = [predict("train"), predict("val")]
    missing = next(edit(folders[1][0]).glob("*.png"))
    missing.unlink()
    words = ["--index", given / "i.json", "--masks", *(pair[0] for pair in folders)]
    words += ["--confidence", *(pair[1] for pair in folders), "--splits", "train", "val"]
    outputs = ["--table", tmp_path / "c", "--text", tmp_path / "t", "--out", tmp_path / "o"]
    check_refused(stage("check_photos", *words, *outputs), missing.stem)


@pytest.mark.parametrize(("labels", "offered"), [(95.0, True), (60.0, False)])
def test_results_say_whether_the_labels_hold_more_of_the_tags(stage, tmp_path, labels, offered):
    unscored = {"what": "labels", "split": "val", "images": 0, "miou": None}
    check = {
        "tags": {"tags": 40, "labels": labels, "masks": 80.0},
        "exported": "results/r/d_labels_coco",
    }
    for name, content in (("score", unscored), ("check", check)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    words = [
        "--recipe",
        "r",
        "--dataset",
        "d",
        "--split",
        "val",
        "--score",
        tmp_path / "score.json",
    ]
    words += ["--check", tmp_path / "check.json", "--table", tmp_path / "r.txt"]
    check_done(
        stage("write_result", *words, "--json", tmp_path / "r.json", "--chain", tmp_path / "c")
    )
    table = (tmp_path / "r.txt").read_text()
    assert f"of the 40 tags of the training photos {labels:.1f} % are found" in table
    assert ("results/r/d_labels_coco" in table) == offered
    found = json.loads((tmp_path / "r.json").read_text())["tags_found"]
    assert (found["labels"], found["masks"]) == (labels, 80)
