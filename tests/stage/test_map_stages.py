"""Stages that make maps: records, shards, equal bytes, damaged photos and photos without tags."""

import json
import shutil
from dataclasses import replace

import h5py
import numpy as np
import pytest
from PIL import Image

from tests.conftest import NET, check_done, check_refused
from wsss.data.index import Index
from wsss.data.maps import MapReader
from wsss.run.records import read_record

SCALES = ["--scales", "[1.0]"]


def test_artifact_has_a_record_and_a_note_of_its_run(made):
    record = read_record(made / "maps.h5")
    assert record.stage == "stages/export_cams.py" and record.settings["scales"] == [1.0]
    assert set(record.inputs) == {"model"} and set(record.read) == {"train"}
    ran = json.loads((made / "maps.h5.run.json").read_text())
    assert ran["seconds"] > 0 and ran["inputs"]["model"] == [str(made / "m.safetensors")]


def test_exporting_cams_again_gives_the_same_bytes(made, model_words, run_stage, tmp_path):
    out = tmp_path / "again.h5"
    check_done(run_stage("export_cams", "cams", *model_words, *SCALES, "--out", out))
    assert out.read_bytes() == (made / "maps.h5").read_bytes()


def test_shards_together_hold_the_maps_of_the_whole_split(made, model_words, stage, tmp_path):
    paths = [tmp_path / f"{k}.h5" for k in range(3)]
    for k, path in enumerate(paths):
        shard = ["--shard", f"{k}/3", "--threads", "1", "--out", path]
        check_done(stage("export_cams", "cams", *model_words, *SCALES, *shard))
    whole, shards = MapReader([made / "maps.h5"]), MapReader(paths)
    for k in range(8):
        a, b = whole[f"train_{k:04d}"], shards[f"train_{k:04d}"]
        assert np.allclose(a.scores, b.scores, atol=2e-3) and np.array_equal(a.labels, b.labels)


def test_training_again_gives_the_same_bytes(made, index_words, run_stage, tmp_path):
    out = tmp_path / "m.safetensors"
    check_done(run_stage("train_classifier", "cam", *index_words, "--out", out, *NET))
    assert out.read_bytes() == (made / "m.safetensors").read_bytes()
    assert not list(tmp_path.glob(".resume-*"))


@pytest.fixture
def own_photos(mini_root, stage, tmp_path):
    """A copy of the photos, and the words that name its index."""
    root, index = tmp_path / "photos", tmp_path / "i.json"
    shutil.copytree(mini_root, root)
    check_done(stage("make_index", "--name", "mini", "--data-root", root, "--out", index))
    return root, ["--index", index]


def test_photo_damaged_after_the_index_was_made_is_named(made, own_photos, stage, tmp_path):
    root, index = own_photos
    path = root / "JPEGImages" / "train_0003.jpg"
    path.write_bytes(path.read_bytes()[:700])
    out = ["--model", made / "m.safetensors", "--out", tmp_path / "maps.h5"]
    check_refused(stage("export_cams", "cams", *index, *out), "train_0003.jpg")
    assert not (tmp_path / "maps.h5").exists()


def test_damaged_photo_is_named_by_loading_processes(own_photos, run_stage, tmp_path):
    root, index = own_photos
    (root / "JPEGImages" / "train_0003.jpg").write_bytes(b"x")
    out = ["--out", tmp_path / "m", *NET, "--workers", 2]
    check_refused(run_stage("train_classifier", "cam", *index, *out), "train_0003.jpg")
    assert not (tmp_path / "m").exists()


def test_photo_without_tags_is_background_in_every_stage(made, stage, tmp_path):
    whole = Index.load(made / "i.json")
    first = whole.splits["train"][0]
    photos = {**whole.photos, first: replace(whole.photos[first], tags=())}
    replace(whole, photos=photos).save(tmp_path / "i.json")
    index, maps = ["--index", tmp_path / "i.json"], tmp_path / "maps.h5"
    model = ["--model", made / "m.safetensors", *SCALES]
    check_done(stage("export_cams", "cams", *index, *model, "--out", maps))
    for script, method in (
        ("make_seeds", "threshold"),
        ("find_confident", "psa"),
        ("write_labels", "crf"),
    ):
        out = tmp_path / script
        check_done(stage(script, method, *index, "--maps", maps, "--out", out))
        assert (np.array(Image.open(out / f"{first}.png")) == 0).all()


def test_refining_once_starts_from_the_exported_maps(made, model_words, stage, tmp_path):
    words = ["refine_cams", "pcm_once", *model_words, "--out", tmp_path / "refined.h5"]
    check_refused(stage(*words), "pcm_once", "--maps")
    check_done(stage(*words, "--maps", made / "maps.h5"))
    with h5py.File(made / "maps.h5") as raw, h5py.File(tmp_path / "refined.h5") as refined:
        assert set(raw) == set(refined)
        for photo in raw:
            assert raw[photo]["scores"].shape == refined[photo]["scores"].shape


def test_classifier_is_scored_on_a_split(model_words, stage, tmp_path):
    options = ["--scales", "[0.5]", "--precision", "float32", "--out", tmp_path / "s.json"]
    check_done(stage("score_classifier", *model_words, *options))
    score = json.loads((tmp_path / "s.json").read_text())
    assert score["images"] == 4 and 0 <= score["map"] <= 100
    assert score["grid_of_last_photo"] == [5, 6]
    assert 0 < score["inconsistency"]["raw"] < 1 and 0 < score["inconsistency"]["refined"] < 1


@pytest.mark.parametrize("unknown", [1, 4])
def test_photos_of_unknown_tags_are_left_out_of_a_classifiers_score(made, stage, tmp_path, unknown):
    whole = Index.load(made / "i.json")
    bare = {name: replace(whole.photos[name], tags=()) for name in whole.splits["val"][:unknown]}
    replace(whole, photos={**whole.photos, **bare}).save(tmp_path / "i.json")
    words = ["--index", tmp_path / "i.json", "--model", made / "m.safetensors"]
    ended = check_done(stage("score_classifier", *words, *SCALES, "--out", tmp_path / "s.json"))
    score = json.loads((tmp_path / "s.json").read_text())
    assert (score["images"], score["left_out"]) == (4 - unknown, unknown)
    assert f"left out of the score: {unknown} photos of val whose tags are not" in ended.stdout
    assert (score["map"] is None) == (unknown == 4)
