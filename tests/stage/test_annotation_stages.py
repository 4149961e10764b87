"""Stages on strokes, clicks and boxes: index, labels, and a dataset of a user's own."""

import json
import shutil

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.conftest import check_done, check_refused
from wsss.data.images import read_labels
from wsss.data.index import Index


@pytest.fixture(scope="module")
def strokes(made, tmp_path_factory):
    """A folder with strokes of most photos of train, and of all of val, as text."""
    folder = tmp_path_factory.mktemp("strokes")
    index = Index.load(made / "i.json")
    for photo in index.photos.values():
        lines = ["background,2,2,90,2"]
        for row, tag in enumerate(photo.tags):
            lines.append(f"{index.classes[tag - 1]},5,{20 + 9 * row},60,{20 + 9 * row}")
        if photo.id != index.splits["train"][0]:
            (folder / f"{photo.id}.txt").write_text("\n".join(lines))
    return folder


@pytest.fixture
def with_strokes(mini_root, strokes, stage, tmp_path):
    """Makes an index with these strokes, and the labels of train; gives both folders' bytes."""

    def run(name, folder):
        out, labels = tmp_path / f"{name}.json", tmp_path / f"{name}_labels"
        given = ["--annotations", json.dumps({"scribbles": [str(folder)]})]
        words = ["make_index", "--name", "mini", "--data-root", mini_root, *given, "--out", out]
        first = check_done(stage(*words)).stdout
        words = ["write_labels", "scribbles", "--index", out, "--out", labels]
        second = check_done(stage(*words)).stdout
        content = {path.name: path.read_bytes() for path in sorted(labels.glob("*.png"))}
        return out.with_suffix(".jsonl").read_bytes(), content, first + second

    return run


def test_strokes_of_photos_that_do_not_train_are_not_opened(made, with_strokes, strokes, tmp_path):
    lines, labels, text = with_strokes("all", strokes)
    index = Index.load(made / "i.json")
    unknown = index.splits["train"][0]
    assert "strokes of 7 training photos" in text
    assert f"which are unknown (255): 1: {unknown}" in text
    assert "photos by the source of their labels: scribble 7" in text
    few = tmp_path / "few"
    shutil.copytree(strokes, few)
    for photo in index.split("val"):
        (few / f"{photo.id}.txt").write_bytes(b"\xff broken")
    assert with_strokes("broken", few)[:2] == (lines, labels)
    for photo in index.split("val"):
        (few / f"{photo.id}.txt").unlink()
    assert with_strokes("few", few)[:2] == (lines, labels)
    assert len(labels) == 8 and read_labels(tmp_path / "all_labels" / f"{unknown}.png").min() == 255


def test_boxes_of_photos_outside_the_split_are_not_opened(mini_root, stage, tmp_path):
    root = tmp_path / "photos"
    shutil.copytree(mini_root, root)
    index = tmp_path / "i.json"
    check_done(stage("make_index", "--name", "mini", "--data-root", root, "--out", index))
    words = ["write_labels", "boxes", "--index", index, "--split", "fit"]
    check_done(stage(*words, "--out", tmp_path / "first"))
    fit = set(Index.load(index).splits["fit"])
    for path in (root / "Annotations").glob("*.xml"):
        if path.stem not in fit:
            path.unlink()
    shutil.rmtree(root / "SegmentationClass")
    check_done(stage(*words, "--out", tmp_path / "second"))
    for path in (tmp_path / "first").glob("*.png"):
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()
        assert path.stem in fit


def test_labels_by_annotations_that_no_photo_has_are_refused(index_words, stage, tmp_path):
    out = ["--out", tmp_path / "labels"]
    for method, kind in (("scribbles", "scribble"), ("points", "points")):
        ended = stage("write_labels", method, *index_words, *out)
        check_refused(ended, f"no photo of split 'train' in index {index_words[1]} has {kind}")
    check_done(stage("write_labels", "simulated_scribbles", *index_words, *out))


def test_labels_of_an_earlier_step_fill_a_mixture(index_words, labels_of_tags, stage, tmp_path):
    words = ["write_labels", "mixture", *index_words, "--order", '["mask"]']
    words += ["--mask-share", "0.4", "--rest", labels_of_tags, "--out", tmp_path / "mixed"]
    text = check_done(stage(*words)).stdout
    index = Index.load(index_words[1])
    sources = {"mask": 0, "rest": 0}
    for photo in index.split("train"):
        mixed = read_labels(tmp_path / "mixed" / f"{photo.id}.png")
        rest = read_labels(labels_of_tags / f"{photo.id}.png")
        if np.array_equal(mixed, rest):
            sources["rest"] += 1
        else:
            assert np.array_equal(mixed, read_labels(index.mask_path(photo)))
            sources["mask"] += 1
    assert all(sources.values())
    assert f"labels of an earlier step {sources['rest']}, mask {sources['mask']}" in text


@pytest.fixture
def labels_of_tags(maps_words, stage, tmp_path):
    """Pseudo-labels of train."""
    check_done(stage("write_labels", "argmax", *maps_words, "--out", tmp_path / "pseudo"))
    return tmp_path / "pseudo"


@pytest.fixture
def own_photos(tmp_path):
    """Ten photos in a folder, and beside it LabelMe's strokes of eight of them."""
    photos, strokes = tmp_path / "photos", tmp_path / "labelme"
    photos.mkdir()
    strokes.mkdir()
    for n in range(10):
        pixels = np.full((40, 50, 3), 20 * n, np.uint8)
        Image.fromarray(pixels).save(photos / f"{n}.jpg")
        shapes = [
            {"label": "cat", "shape_type": "linestrip", "points": [[5, 5], [30, 5]]},
            {"label": "background", "shape_type": "line", "points": [[5, 30], [30, 30]]},
        ]
        if n == 3:
            shapes[1]["points"] = [[20, 2], [20, 30]]
        if n < 8:
            (strokes / f"{n}.json").write_text(json.dumps({"imagePath": "", "shapes": shapes}))
    return photos, strokes


def test_strokes_alone_make_a_dataset(own_photos, stage, tmp_path):
    photos, strokes = own_photos
    out = tmp_path / "mine.yaml"
    words = ["new_dataset", photos, "--scribbles", strokes, "--name", "mine", "--out", out]
    text = check_done(stage(*words)).stdout
    assert "10 photos, 8 with tags" in text and "results/scribble_ce/mine_masks" in text
    assert "class maps start" not in text
    made = yaml.safe_load(out.read_text())
    assert made["annotations"]["scribbles"] == [str(strokes)] and made["folder"]["classes"] == [
        "cat"
    ]
    index = tmp_path / "i.json"
    given = ["--annotations", json.dumps(made["annotations"]), "--classes", '["cat"]']
    words = ["index_folder", "--name", "mine", "--data-root", photos, *given, "--out", index]
    assert "strokes of 8 training photos" in check_done(stage(*words)).stdout
    labels = tmp_path / "labels"
    text += check_done(stage("write_labels", "scribbles", "--index", index, "--out", labels)).stdout
    assert len(list(labels.glob("*.png"))) == 8
    assert "3" in Index.load(index).splits["train"]
    assert "contradict each other, unknown at these pixels: 1\n  3: 9 pixels" in text
    assert "contradict each other, at these pixels 255: 1: 3 (9 pixels)" in text


def test_strokes_beside_a_table_of_tags_are_for_a_mixture(own_photos, stage, tmp_path):
    photos, strokes = own_photos
    table = tmp_path / "tags.csv"
    table.write_text("image,labels\n" + "".join(f"{n}.jpg,cat\n" for n in range(10)))
    words = ["new_dataset", photos, "--labels", table, "--scribbles", strokes]
    text = check_done(stage(*words, "--name", "mine", "--out", tmp_path / "mine.yaml")).stdout
    assert "10 photos, 10 with tags" in text and "results/mixture/mine_masks" in text
    assert "tagged photos of train without strokes, unknown (255) to recipes of these alone" in text
