"""The stage that scores a list of photos, and the tables that show its score."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import check_done, check_refused
from wsss.data.images import write_labels
from wsss.data.index import Index
from wsss.score.bootstrap import Counts

PHOTOS = ("train_0002", "train_0000", "train_0005")
EXPERIMENT = """about: small
beside: foreground
rows:
  - {name: plain, recipe: cam, stage: predict}
  - {name: better, recipe: cam, stage: predict, against: plain}
"""


@pytest.fixture
def scores(made, stage, tmp_path):
    """A folder with the scores a and b of random label maps of train, and few.txt, a list."""
    index = Index.load(made / "i.json")
    for seed, name in enumerate("ab"):
        rng = np.random.default_rng(seed)
        (tmp_path / f"labels_{name}").mkdir()
        for photo in index.split("train"):
            labels = rng.choice(len(index.labels), (72, 96)).astype(np.uint8)
            write_labels(tmp_path / f"labels_{name}" / f"{photo.id}.png", labels)
        check_done(stage("score", *score_words(tmp_path, made / "i.json", name, name)))
    (tmp_path / "few.txt").write_text("\n".join(PHOTOS))
    return tmp_path


def score_words(folder, index, labels, name):
    """The words that score the label maps of train, to NAME.json and NAME.npz."""
    words = ["--what", "labels", "--index", index, "--split", "train"]
    words += ["--artifact", folder / f"labels_{labels}", "--out", folder / f"{name}.json"]
    return [*words, "--counts", folder / f"{name}.npz"]


def list_words(folder, name="a"):
    """The words that score the list, to NAME-few.json and NAME-few.npz."""
    words = ["--name", "few", "--score", folder / f"{name}.json", "--list", folder / "few.txt"]
    words += ["--counts", folder / f"{name}.npz", "--out", folder / f"{name}-few.json"]
    return [*words, "--out-counts", folder / f"{name}-few.npz"]


def read(path):
    return json.loads(path.read_text())


def test_a_list_has_the_score_of_a_split_of_its_photos(scores, made, stage):
    check_done(stage("score_list", *list_words(scores)))
    index = Index.load(made / "i.json")
    splits = {**index.splits, "train": tuple(sorted(PHOTOS))}
    replace(index, splits=splits).save(scores / "few.json")
    check_done(stage("score", *score_words(scores, scores / "few.json", "a", "alone")))
    found, alone = read(scores / "a-few.json"), read(scores / "alone.json")
    assert found.pop("part_of") == {"split": "train", "images": 8} and found["images"] == 3
    assert found.pop("split") == "few" and alone.pop("split") == "train"
    del alone["boundary_miou"], alone["confusion"]
    assert found == alone
    counts, twin = (Counts.load(scores / f"{name}.npz") for name in ("a-few", "alone"))
    assert counts.ids == twin.ids and np.array_equal(counts.pixels, twin.pixels)


def test_a_wrong_list_and_foreign_counts_are_refused(scores, stage):
    (scores / "few.txt").write_text("train_0001\ntrain_9\n")
    check_refused(stage("score_list", *list_words(scores)), "few.txt", "'train_9'")
    (scores / "few.txt").write_text("train_0001\n")
    whole = Counts.load(scores / "a.npz")
    Counts(whole.ids[1:], whole.pixels[1:]).save(scores / "other.npz")
    words = [*list_words(scores), "--counts", scores / "other.npz"]
    check_refused(stage("score_list", *words), "other.npz", "not those of score")


def test_result_and_comparison_take_the_score_of_a_list(scores, stage):
    for name in "ab":
        check_done(stage("score_list", *list_words(scores, name)))
    words = [
        "--recipe",
        "r",
        "--dataset",
        "mini",
        "--split",
        "few",
        "--folders",
        f"labels={scores}",
    ]
    words += ["--stages", f"labels={scores / 'a.json'}", "--score", scores / "a-few.json"]
    for name in ("table", "json", "chain"):
        words += [f"--{name}", scores / f"r.{name}"]
    check_done(stage("write_result", *words))
    table, result = (scores / "r.table").read_text(), read(scores / "r.json")
    assert table.startswith("mini few, 3 of the 8 photos of train, predictions of recipe r: mIoU ")
    assert "% of its pixels found" in table and "near borders" not in table
    assert result["part_of"] == {"split": "train", "images": 8} and result["images"] == 3
    pair = ["--first", scores / "a-few.json", "--second", scores / "b-few.json"]
    check_done(stage("compare_scores", *pair, "--out", scores / "d.json"))
    miou = [read(scores / f"{name}-few.json")["miou"] for name in "ab"]
    assert read(scores / "d.json")["difference"] == pytest.approx(miou[1] - miou[0], abs=0.002)


def test_an_experiment_shows_the_gain_on_a_list(scores, stage):
    for name in "ab":
        check_done(stage("score_list", *list_words(scores, name)))
    (scores / "small.yaml").write_text(EXPERIMENT)
    words = ["--experiment", scores / "small.yaml", "--table", scores / "t.md"]
    words += ["--json", scores / "t.json", "--scores"]
    words += [f"{row}.0={scores / name}.json" for row, name in enumerate("ab")]
    check_done(stage("write_experiment", *words))
    plain = read(scores / "t.json")
    assert "few" not in (scores / "t.md").read_text()
    listed = [f"{row}.0.few={scores / name}-few.json" for row, name in enumerate("ab")]
    check_done(stage("write_experiment", *words, "--list-scores", *listed))
    pair = ["--first", scores / "a-few.json", "--second", scores / "b-few.json"]
    check_done(stage("compare_scores", *pair, "--out", scores / "d.json"))
    better, twin = read(scores / "t.json")["rows"][1]["mean"], read(scores / "d.json")
    assert better["few.miou"] == twin["second"] and better["few.gain"] == twin["difference"]
    assert [better["few.gain_low"], better["few.gain_high"]] == twin["interval"]
    before = plain["rows"][1]["mean"]
    assert {key: better[key] for key in before} == before and len(better) == len(before) + 4
