"""COCO's stages: the download against a local server, the index, the masks."""

import hashlib
import json
import zipfile

import numpy as np
import pytest

from tests.coco_folder import write_coco_folder
from tests.conftest import check_done, check_refused
from wsss.data.images import read_labels
from wsss.data.index import Index

ARCHIVES = {
    "annotations": "annotations/annotations_trainval2017.zip",
    "train": "zips/train2017.zip",
    "val": "zips/val2017.zip",
}


@pytest.fixture
def archives(server, tmp_path):
    """A synthetic dataset as COCO's three archives, and the settings that name them."""
    folder, url = server
    root, settings = write_coco_folder(tmp_path / "original"), {"url": url}
    (root / "annotations" / "captions_train2017.json").write_text("{}")
    for name, place in ARCHIVES.items():
        path = folder / place
        path.parent.mkdir(exist_ok=True)
        part = root / (name if name == "annotations" else f"{name}2017")
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(part.iterdir()):
                archive.write(file, file.relative_to(root))
        settings[f"{name}2017_md5"] = hashlib.md5(path.read_bytes()).hexdigest()
    return root, folder, settings


def download(stage, tmp_path, settings):
    """Run the stage."""
    out = ["--out", tmp_path / "COCO", "--downloads", tmp_path / "downloads"]
    return stage("download_coco", "--year", "2017", *out, "--settings", json.dumps(settings))


def test_downloaded_folder_is_coco_without_captions(archives, stage, tmp_path):
    root, _, settings = archives
    check_done(download(stage, tmp_path, settings))
    (root / "annotations" / "captions_train2017.json").unlink()
    names = {path.relative_to(root) for path in root.rglob("*")}
    assert {path.relative_to(tmp_path / "COCO") for path in (tmp_path / "COCO").rglob("*")} == names
    index = ["--name", "coco", "--data-root", tmp_path / "COCO", "--out", tmp_path / "index.json"]
    check_done(stage("index_coco", *index))
    assert len(Index.load(tmp_path / "index.json").photos) == 15


def test_archive_with_another_check_sum_is_refused(archives, stage, tmp_path):
    settings = {**archives[2], "train2017_md5": "1" * 32}
    ended = download(stage, tmp_path, settings)
    check_refused(ended, "train2017.zip", "1" * 32, "coco_download.url")
    assert not (tmp_path / "COCO").exists()


def test_archive_without_instances_or_photos_is_refused(archives, stage, tmp_path):
    _, folder, settings = archives
    for name in ("train", "annotations"):
        path = folder / ARCHIVES[name]
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "hello")
        settings[f"{name}2017_md5"] = hashlib.md5(path.read_bytes()).hexdigest()
        expected = {"train": "holds no folder", "annotations": "cannot be unpacked"}[name]
        check_refused(download(stage, tmp_path, settings), f"{path.name}", expected)
    assert not (tmp_path / "COCO").exists()


def test_masks_are_drawn_where_the_index_names_them(stage, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = write_coco_folder(tmp_path / "COCO")
    index = ["--name", "coco", "--data-root", root, "--shards", 2, "--out", "index.json"]
    check_done(stage("index_coco", *index, "--objects", "objects"))
    for k in range(2):
        drawn = ["--index", "index.json", "--objects", "objects", "--split", "val"]
        check_done(stage("draw_masks", *drawn, "--shard", f"{k}/2", "--out", f"masks/val/{k}-of-2"))
    index = Index.load("index.json")
    masks = [read_labels(index.mask_path(photo)) for photo in index.split("val")]
    assert [sorted(np.unique(mask)) for mask in masks[:3]] == [[0], [0, 1], [0, 1, 3]]


def test_photo_that_does_not_decode_is_refused_or_left_out(stage, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = write_coco_folder(tmp_path / "COCO")
    (root / "train2017" / "train_001.jpg").write_bytes(b"no photo")
    index = ["--name", "coco", "--data-root", root, "--out", "index.json"]
    check_refused(stage("index_coco", *index), "1 photos that cannot be read", "train_001.jpg")
    left_out = ["--settings", json.dumps({"leave_out_faulty": True})]
    ended = check_done(stage("index_coco", *index, *left_out))
    assert "photos that cannot be read: 1" in ended.stdout
    assert len(Index.load("index.json").splits["train"]) == 9
