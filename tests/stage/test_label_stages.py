"""Stages that make, score, compare and export label maps."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.conftest import NET, check_done, check_refused
from wsss.data.index import Index
from wsss.data.maps import ScoreMap, map_writer


@pytest.fixture
def labels(maps_words, stage, tmp_path):
    """A folder of label maps by the largest class."""
    check_done(stage("write_labels", "argmax", *maps_words, "--out", tmp_path / "labels"))
    return tmp_path / "labels"


@pytest.fixture
def score_words(made, tmp_path):
    """The words that score the maps of train with an index without masks, to s.json."""
    index = Index.load(made / "i.json")
    photos = {}
    for photo in index.photos.values():
        photos[photo.id] = replace(photo, annotations={}, digests={})
    replace(index, photos=photos).save(tmp_path / "i.json")
    given = ["--index", tmp_path / "i.json", "--artifact", made / "maps.h5"]
    return ["score", "--what", "maps", "--split", "train", *given, "--out", tmp_path / "s.json"]


def test_photos_without_masks_are_refused_or_left_out_of_the_score(score_words, stage, tmp_path):
    check_refused(stage(*score_words), "train_0000 has no mask")
    check_done(stage(*score_words, "--where-known"))
    result = json.loads((tmp_path / "s.json").read_text())
    assert result["miou"] is None and result["images"] == 0


def test_maps_are_scored_against_labels_without_their_ignored_pixels(
    score_words, labels, stage, tmp_path
):
    path = labels / "train_0000.png"
    chosen = np.asarray(Image.open(path))
    for note in tmp_path.glob("labels.*"):
        note.unlink()
    left = np.arange(chosen.shape[1]) < 40
    Image.fromarray(np.where(left, chosen, 255).astype(np.uint8)).save(path)
    check_done(stage(*score_words, "--truth", labels))
    result = json.loads((tmp_path / "s.json").read_text())
    assert result["images"] == 8 and 0 < result["miou"] < 100 and result["kind"] == "cam"
    Image.fromarray(np.full_like(chosen, 77)).save(path)
    check_refused(stage(*score_words, "--truth", labels), "train_0000.png holds label 77")
    Image.fromarray(chosen[:-3].copy()).save(path)
    check_refused(stage(*score_words, "--truth", labels), "train_0000.png is ")


def test_truth_and_where_known_exclude_each_other(score_words, labels, stage):
    ended = stage(*score_words, "--truth", labels, "--where-known")
    check_refused(ended, "leave one of them out")


def test_saliency_decides_the_background_of_labels(made, maps_words, stage, tmp_path):
    train = Index.load(made / "i.json").splits["train"]
    saliency = tmp_path / "saliency"
    saliency.mkdir()
    words = ["write_labels", "argmax", *maps_words, "--out", tmp_path / "labels"]
    words += ["--background", "saliency"]
    check_refused(stage(*words), "saliency")
    words += ["--saliency", saliency]
    check_refused(stage(*words), "no saliency map of photo")
    cue = np.zeros((72, 96), np.uint8)
    cue[:, 48:] = 255
    for photo in train:
        Image.fromarray(cue).save(saliency / f"{photo}.png")
    check_done(stage(*words))
    labels = np.array(Image.open(tmp_path / "labels" / f"{train[0]}.png"))
    assert (labels[:, :48] == 0).all() and (labels[:, 48:] > 0).mean() > 0.9


def test_confidence_and_second_labels_are_written_beside_the_labels(maps_words, stage, tmp_path):
    out = tmp_path / "labels"
    options = ["--confidence", "true", "--ignore-below", "0.5", "--out", out]
    check_done(stage("write_labels", "argmax", *maps_words, *options))
    names = sorted(path.name for path in out.glob("*.png"))
    assert names and names == sorted(path.name for path in (out / "confidence").glob("*.png"))
    labels = np.asarray(Image.open(out / names[0]))
    confidence = np.asarray(Image.open(out / "confidence" / names[0]))
    assert labels.shape == confidence.shape and (confidence[labels == 255] <= 128).all()
    assert names == sorted(path.name for path in (out / "second").glob("*.png"))
    second = Image.open(out / "second" / names[0])
    palette = Image.open(out / names[0]).getpalette()
    assert second.mode == "P" and second.getpalette() == palette
    second = np.asarray(second)
    assert second.shape == labels.shape and (second != labels).all() and (second != 255).all()


def test_subfolders_of_labels_are_no_labels(index_words, maps_words, labels, stage, tmp_path):
    out = tmp_path / "more"
    options = ["--confidence", "true", "--out", out]
    check_done(stage("write_labels", "argmax", *maps_words, *options))
    texts = []
    for name, folder in (("a", labels), ("b", out)):
        json_out = tmp_path / f"{name}.json"
        words = ["--what", "labels", *index_words, "--split", "train", "--artifact", folder]
        check_done(stage("score", *words, "--out", json_out))
        given = ["--labels", folder, "--out", tmp_path / name]
        check_done(stage("export_labels", "coco", *index_words, *given))
        texts.append((json_out.read_text(), (tmp_path / name / "labels.json").read_text()))
    assert texts[0] == texts[1]


def test_confidence_is_no_setting_of_true_labels(index_words, stage, tmp_path):
    words = ["write_labels", "truth", *index_words, "--split", "train"]
    refused = stage(*words, "--confidence", "true", "--out", tmp_path / "refused")
    assert refused.returncode == 2 and "--confidence" in refused.stderr
    check_done(stage(*words, "--out", tmp_path / "true"))
    assert len(list((tmp_path / "true").iterdir())) == 8


@pytest.fixture
def background_words(made, index_words, tmp_path):
    """The words that write labels of background only, from weak maps of all tags."""
    index, path = Index.load(made / "i.json"), tmp_path / "weak.h5"
    with map_writer(path) as writer:
        for photo in index.split("train"):
            scores = np.full((len(photo.tags), 18, 24), 0.05, np.float32)
            for channel in range(len(photo.tags)):
                scores[channel, 4:12, 6 * channel + 1 : 6 * channel + 5] = 0.3
            writer.add(photo.id, ScoreMap("cam", np.array(photo.tags), scores, (72, 96)))
    given = [*index_words, "--maps", path, "--background", "constant", "--threshold", "0.4"]
    return ["write_labels", "argmax", *given]


def test_photos_whose_labels_lack_their_tags_are_counted(made, background_words, stage, tmp_path):
    train = Index.load(made / "i.json")
    tags = sum(len(train.photos[photo].tags) for photo in train.splits["train"])
    first = train.splits["train"][0]
    lacking = f"photos with tags that have no pixel ({tags} tags in all): 8; the first is {first}"
    empty = check_done(stage(*background_words, "--out", tmp_path / "a"))
    assert empty.stdout.splitlines() == [
        lacking,
        f"photos with tags that are all background: 8; the first is {first}",
        "warning: all 8 photos have one label only, 'background'",
    ]
    ignored = check_done(stage(*background_words, "--ignore-below", "1", "--out", tmp_path / "b"))
    assert ignored.stdout.splitlines() == [
        lacking,
        f"photos that are all 255 (ignored): 8; the first is {first}",
        "warning: all pixels of all 8 photos are 255 (ignored): nothing can be learned",
    ]


def test_lost_tags_are_kept_and_doubtful_borders_ignored(made, background_words, stage, tmp_path):
    words = [*background_words, "--keep-tags", "true", "--smallest-piece", "0.01"]
    kept = check_done(stage(*words, "--out", tmp_path / "kept"))
    assert kept.stdout == ""
    check_done(stage(*words, "--ignore-band", "2", "--out", tmp_path / "band"))
    photos = Index.load(made / "i.json").photos
    for path in (tmp_path / "kept").glob("*.png"):
        found = set(np.unique(np.asarray(Image.open(path))).tolist())
        assert found == {0, *photos[path.stem].tags}
        banded = np.asarray(Image.open(tmp_path / "band" / path.name))
        changed = banded != np.asarray(Image.open(path))
        assert changed.any() and (banded[changed] == 255).all()


@pytest.mark.parametrize(
    ("name", "file"),
    [("coco", "labels.json"), ("panoptic", "panoptic.json"), ("labelme", "train_0000.json")],
)
def test_labels_are_exported(name, file, index_words, labels, stage, tmp_path):
    out = tmp_path / name
    check_done(stage("export_labels", name, *index_words, "--labels", labels, "--out", out))
    assert (out / file).is_file()


def test_two_scores_are_compared(index_words, maps_words, stage, tmp_path):
    for name in ("argmax", "par"):
        out = tmp_path / name
        check_done(stage("write_labels", name, *maps_words, "--out", out))
        words = ["--what", "labels", *index_words, "--split", "train", "--artifact", out]
        words += ["--out", tmp_path / f"{name}.json", "--counts", tmp_path / f"{name}.npz"]
        check_done(stage("score", *words))
    first, second = (tmp_path / f"{name}.json" for name in ("argmax", "par"))
    pair = ["--first", first, "--second", second, "--out", tmp_path / "d.json"]
    check_done(stage("compare_scores", *pair))
    result = json.loads((tmp_path / "d.json").read_text())
    miou = [json.loads(path.read_text())["miou"] for path in (first, second)]
    assert result["difference"] == pytest.approx(miou[1] - miou[0], abs=0.002)
    assert result["interval"][0] <= result["difference"] <= result["interval"][1]
    (tmp_path / "par.npz").unlink()
    check_refused(stage("compare_scores", *pair), "par.npz")


def test_predictions_within_tags_are_gathered_as_masks(made, index_words, labels, stage, tmp_path):
    model, masks = tmp_path / "s", tmp_path / "masks"
    trained = ["--labels", labels, "--out", model, *NET]
    check_done(stage("train_segmenter", "deeplab", *index_words, *trained))
    options = ["--split", "train", "--scales", "[1.0]", "--within-tags", "--out", masks]
    check_done(stage("predict", "predict", *index_words, "--model", model, *options))
    photos = Index.load(made / "i.json").photos
    for path in masks.glob("*.png"):
        tags = set(photos[path.stem].tags)
        assert set(np.unique(np.asarray(Image.open(path)))) <= tags | {0}
    options = ["--masks", masks, "--split", "train", "--out", tmp_path / "all"]
    check_done(stage("gather_masks", *index_words, *options))
    assert len(list((tmp_path / "all" / "JPEGImages").glob("*.png"))) == 8
    assert (tmp_path / "all" / "classes.txt").read_text().startswith("0 background\n1 ")
